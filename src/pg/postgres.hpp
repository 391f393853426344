// The server's headers, in one place: C++ and Boost headers come before this one, never after it.
#pragma once

extern "C" {
#include <postgres.h>

#include <access/brin.h>
#include <access/brin_page.h>
#include <access/genam.h>
#include <access/heapam.h>
#include <access/htup_details.h>
#include <access/relation.h>
#include <access/relscan.h>
#include <access/table.h>
#include <access/tableam.h>
#include <access/tupconvert.h>
#include <access/xact.h>
#include <access/xlog.h>
#include <catalog/index.h>
#include <catalog/namespace.h>
#include <catalog/partition.h>
#include <catalog/pg_am.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_type.h>
#include <commands/extension.h>
#include <commands/trigger.h>
#include <datatype/timestamp.h>
#include <executor/executor.h>
#include <executor/spi.h>
#include <fmgr.h>
#include <funcapi.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <partitioning/partbounds.h>
#include <partitioning/partdesc.h>
#include <pgtime.h>
#include <replication/syncrep.h>
#include <storage/bufmgr.h>
#include <storage/bufpage.h>
#include <storage/predicate.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/datetime.h>
#include <utils/fmgroids.h>
#include <utils/guc.h>
#include <utils/inval.h>
#include <utils/jsonb.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/numeric.h>
#include <utils/partcache.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
#include <utils/syscache.h>
#include <utils/timestamp.h>
#include <utils/typcache.h>
#if PG_VERSION_NUM >= 160000
#include <utils/guc_hooks.h>
#include <varatt.h>
#endif
}
