// Runs an ingest pipeline as Elasticsearch’s reference describes the processors that ours has: no Elasticsearch is to be had here.

type Document = Record<string, unknown>;
type Settings = Readonly<Record<string, unknown>>;

export interface Pipeline {
  readonly processors: readonly Readonly<Record<string, Settings>>[];
}

export function ingest({ processors }: Pipeline, document: Document): Document {
  for (const processor of processors) run(processor, document, undefined);
  return document;
}

function run(processor: Readonly<Record<string, Settings>>, document: Document, value: unknown): void {
  const [[name, settings]] = Object.entries(processor) as [[string, Settings]];
  const condition = settings['if'];
  if (typeof condition === 'string' && !holds(condition, document)) return;
  const step = steps[name];
  if (step === undefined) throw new Error(`${name} is no processor that this knows`);
  step(settings, document, value);
}

/** Of Painless: members that may be missing, compared with a literal, one or the other. */
const holds = (condition: string, document: Document): boolean =>
  condition.split(' || ').some((part) => {
    const [, path, sign, text, other] = comparison.exec(part) ?? [];
    if (path === undefined) throw new Error(`${part} is no comparison that this knows`);
    const value = at(document, path.replaceAll('?', ''));
    const literal = text ?? (JSON.parse(other!) as unknown);
    return ((value ?? null) === literal) === (sign === '==');
  });

const comparison = /^ctx\.([\w.?]+) (==|!=) (?:'([\w.]+)'|(\d+|true|null))$/;

const steps: Readonly<Record<string, (settings: Settings, document: Document, value: unknown) => void>> = {
  set({ field, value, copy_from: from, ignore_empty_value: ignoreEmpty }, document) {
    const found = typeof from === 'string' ? at(document, from) : value;
    if (ignoreEmpty === true && (found === undefined || found === null || found === '')) return;
    if (found === undefined) throw new Error(`${String(from)} is not there`);
    put(document, String(field), structuredClone(found));
  },
  json({ field, target_field: target }, document) {
    put(document, String(target), JSON.parse(at(document, String(field)) as string));
  },
  date({ field, formats, target_field: target }, document) {
    if (String(formats) !== 'ISO8601') throw new Error('no such format');
    put(document, String(target), new Date(at(document, String(field)) as string).toISOString());
  },
  gsub: text((value, { pattern, replacement }) =>
    value.replaceAll(new RegExp(String(pattern), 'g'), String(replacement)),
  ),
  uppercase: text((value) => value.toUpperCase()),
  split: text((value, { separator }) => value.split(String(separator))),
  append({ field, value: templates }, document, value) {
    const list = (at(document, String(field)) ?? []) as unknown[];
    const path = /^\{\{\{(.*)\}\}\}$/.exec(String(templates))![1]!;
    const item = path === '_ingest._value' ? value : at(document, path);
    put(document, String(field), list.includes(item) ? list : [...list, item]);
  },
  foreach({ field, processor }, document) {
    const list = at(document, String(field));
    if (!Array.isArray(list)) return;
    for (const item of list) run(processor as Readonly<Record<string, Settings>>, document, item);
  },
  remove({ field }, document) {
    Reflect.deleteProperty(document, String(field));
  },
};

/** A processor that makes something of a text, and by `ignore_missing` lets be what is not there. */
function text(change: (value: string, settings: Settings) => unknown) {
  return (settings: Settings, document: Document): void => {
    const { field, target_field: target = field, ignore_missing: ignoreMissing } = settings;
    const value = at(document, String(field));
    if (typeof value === 'string') put(document, String(target), change(value, settings));
    else if (ignoreMissing !== true || (value !== undefined && value !== null))
      throw new Error(`${String(field)} is no text`);
  };
}

function at(document: Document, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Document | undefined)?.[name], document);
}

function put(document: Document, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  let target = document;
  for (const name of names) target = (target[name] ??= {}) as Document;
  target[last] = value;
}
