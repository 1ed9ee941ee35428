import { PrivateImageError } from '../../support/errors.js';

/** What is wrong with a text of control stanzas. */
export type ControlErrorCode = 'control/malformed';

/**
 * The fields of one stanza by name in lower case, as `pre-depends`. The lines of a folded or multi-line value are kept, joined
 * by `\n`, without the space that each begins with.
 */
export type ControlFields = ReadonlyMap<string, string>;

/**
 * The stanzas of a text in Debian's control syntax (https://manpages.debian.org/deb822), in their order. Lines that begin with
 * `#` are comments. `subject` names the text in errors. Throws `control/malformed`.
 */
export function parseStanzas(text: string, subject: string): readonly ControlFields[] {
  const stanzas: ControlFields[] = [];
  let fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      if (fields.size > 0) stanzas.push(fields);
      fields = new Map();
      last = undefined;
      continue;
    }
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last === undefined) throw malformed(subject, 'a line goes on where no field has begun');
      fields.set(last, `${fields.get(last) ?? ''}\n${line.slice(1).trimEnd()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!/^[!-,./-9;-~][!-9;-~]*$/.test(name))
      throw malformed(subject, `no field name in ${JSON.stringify(line.slice(0, 80))}`);
    if (fields.has(name)) throw malformed(subject, `field ${name} is there twice in one stanza`);
    fields.set(name, line.slice(colon + 1).trim());
    last = name;
  }
  if (fields.size > 0) stanzas.push(fields);
  return stanzas;
}

/** The only stanza of a text. Throws `control/malformed` when there is none, or more than one. */
export function parseStanza(text: string, subject: string): ControlFields {
  const stanzas = parseStanzas(text, subject);
  const [only] = stanzas;
  if (only === undefined || stanzas.length > 1)
    throw malformed(subject, `${stanzas.length} stanzas where one is expected`);
  return only;
}

function malformed(subject: string, what: string): Error {
  return new PrivateImageError<ControlErrorCode>('control/malformed', `${subject}: ${what}`, { data: { subject } });
}
