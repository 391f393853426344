// What is asked of the database: one function a question. Every figure comes as text, since JSON's numbers are not exact.
import type { Api, Counted } from './api.ts';
import type { Share } from './logic/shares.ts';
import type { State } from './logic/state.ts';
import { firstDay, firstHour, type Stats } from './logic/slots.ts';

export interface Health extends Stats {
  period: 'hour' | 'day' | 'week' | 'month';
  since: string;
  target_margin: string;
  least_margin: string;
  state: State;
}

export interface Platform {
  time_zone: string;
}

export interface Status {
  paused: boolean;
  reason: string | null;
  spend_hour: string;
  spend_today: string;
  state: State;
}

export interface BrakeLimits {
  hour_warn: string | null;
  hour_stop: string | null;
  day_warn: string | null;
  day_stop: string | null;
}

export interface TopAccount {
  account_id: string;
  plan: string | null;
  requests: string;
  cost: string;
  revenue: string;
  profit: string;
}

export interface LevelCount {
  level: string;
  accounts: string;
}

export interface Terms {
  revenue: string | null;
  cost: string | null;
  profit: string | null;
}

export interface Kept {
  account_id: string;
  revenue: string;
  cost: string;
  profit: string;
  met: boolean;
}

export interface Guarantee {
  readonly terms: Terms;
  readonly lowest: Counted<Kept>;
  readonly broken: number;
}

export interface Alert {
  account_id: string;
  alert_no: string;
  raised_at: string;
  kind: string;
  name: string;
  member_id: string | null;
  metric: string | null;
  used: string | null;
  limit: string | null;
}

const stats = 'cost::text,revenue::text,profit::text,margin_pct::text';

async function first<Row>(rows: Promise<Row[]>): Promise<Row | undefined> {
  return (await rows)[0];
}

export const health = (api: Api): Promise<Health[]> =>
  api.rows('margin_health', { select: `period,since,${stats},target_margin::text,least_margin::text,state` });

export const platform = (api: Api): Promise<Platform | undefined> => first(api.rows('platform', { select: 'time_zone' }));

export const status = (api: Api): Promise<Status | undefined> =>
  first(api.rows('platform_status', { select: 'paused,reason,spend_hour::text,spend_today::text,state' }));

export const brakeLimits = (api: Api): Promise<BrakeLimits | undefined> =>
  first(
    api.rows('setting', {
      key: 'eq.brake',
      select: 'hour_warn:value->hour->>warn,hour_stop:value->hour->>stop,day_warn:value->day->>warn,day_stop:value->day->>stop',
    }),
  );

// isAdmin: what grant_access() made of the token's role. A role with other rights has none, and is shown no buttons.
export async function isAdmin(api: Api, role: string | undefined): Promise<boolean> {
  if (role === undefined) return false;
  const found = await first(api.rows<{ kind: string }>('access', { select: 'kind', role_name: `eq.${role}` }));
  return found?.kind === 'admin';
}

export const hours = (api: Api, thisHour: string, length: number): Promise<(Stats & { hour: string })[]> =>
  api.rows('hourly_stats', { select: `hour,${stats}`, hour: `gte.${firstHour(thisHour, length)}`, order: 'hour' });

export const days = (api: Api, today: string, length: number): Promise<(Stats & { day: string })[]> =>
  api.rows('daily_stats', { select: `day,${stats}`, day: `gte.${firstDay(today, length)}`, order: 'day' });

const shares = (api: Api, view: string, name: string, month: string): Promise<Share[]> =>
  api.rows(view, { select: `${name},requests::text,tokens::text,cost::text`, month: `eq.${month}`, order: 'cost.desc' });

export const byProvider = (api: Api, month: string): Promise<Share[]> => shares(api, 'usage_by_provider', 'name:provider', month);
export const byModel = (api: Api, month: string): Promise<Share[]> => shares(api, 'usage_by_model', 'name:model,provider', month);
export const byAction = (api: Api, month: string): Promise<Share[]> => shares(api, 'usage_by_action', 'name:action', month);

export const topAccounts = (api: Api): Promise<TopAccount[]> =>
  api.rows('top_accounts', {
    select: 'account_id,plan,requests::text,cost::text,revenue::text,profit::text',
    order: 'rank,account_id',
    limit: '10',
  });

export const levels = (api: Api): Promise<LevelCount[]> => api.rows('restriction_levels', { select: 'level,accounts::text', order: 'accounts.desc,level' });

// guarantee: undefined where none is configured.
export async function guarantee(api: Api, month: string): Promise<Guarantee | undefined> {
  const fields = 'revenue:value->>revenue,cost:value->>cost,profit:value->>profit';
  const terms = await first(api.rows<Terms>('setting', { key: 'eq.guarantee', select: fields }));
  if (!terms) return undefined;
  const select = 'account_id,revenue::text,cost::text,profit::text,met';
  const [lowest, broken] = await Promise.all([
    api.counted<Kept>('profit_guarantee', { select, month: `eq.${month}`, order: 'met,profit,account_id', limit: '10' }),
    api.counted('profit_guarantee', { select: 'met', month: `eq.${month}`, met: 'is.false', limit: '1' }),
  ]);
  return { terms, lowest, broken: broken.total };
}

export const openAlerts = (api: Api): Promise<Counted<Alert>> =>
  api.counted('alerts', {
    select: 'account_id,alert_no::text,raised_at,kind,name,member_id,metric:detail->>metric,used:detail->>used,limit:detail->>limit',
    acknowledged_at: 'is.null',
    order: 'raised_at.desc,account_id,alert_no.desc',
    limit: '5',
  });

export const acknowledge = (api: Api, alert: Alert): Promise<void> =>
  api.call('acknowledge_alert', { account_id: alert.account_id, alert_no: alert.alert_no });

export const pause = (api: Api, reason: string): Promise<void> => api.call('pause', { reason });
export const resume = (api: Api): Promise<void> => api.call('resume', {});
