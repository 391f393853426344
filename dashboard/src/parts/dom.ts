// Elements made once and changed in place, so that a refresh moves neither focus nor scroll nor what is read aloud.

export type Child = Node | string;
type Attributes = Record<string, string | boolean | undefined>;

export function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string') element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// setText: nothing is touched where nothing changed; a live region would be read again.
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export const show = (element: HTMLElement, visible: boolean): void => {
  if (element.hidden === visible) element.hidden = !visible;
};

interface Kept<Item> {
  readonly element: HTMLElement;
  readonly update: (item: Item) => void;
}

// keyed: keeps one element for each item in a parent, in the items' order; an item's element stays the same.
export function keyed<Item>(parent: HTMLElement, keyOf: (item: Item) => string, create: (item: Item) => Kept<Item>): (items: readonly Item[]) => void {
  let known = new Map<string, Kept<Item>>();
  return (items) => {
    const next = new Map<string, Kept<Item>>();
    for (const item of items) {
      const key = keyOf(item);
      const kept = known.get(key) ?? create(item);
      kept.update(item);
      next.set(key, kept);
    }
    for (const [key, kept] of known) if (!next.has(key)) kept.element.remove();
    let at: Element | null = parent.firstElementChild;
    for (const { element } of next.values()) {
      if (element === at) at = at.nextElementSibling;
      else parent.insertBefore(element, at);
    }
    known = next;
  };
}

export function byId<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
