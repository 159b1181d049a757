// Whether a JSON text names a member twice: of such a text two readers read two things.

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** @param json a text that `JSON.parse` takes */
export function namesTwice(json: string): boolean {
  /** The names so far of each object that is open; `null` for a list. */
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [found] of json.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(null);
    else if (found === '}' || found === ']') open.pop();
    else if (found === ':') {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name) === true) return true;
      names?.add(name);
    }
    last = found;
  }
  return false;
}
