import { z } from 'zod';
import { packageSchema } from '../../provider/plugin/package-schema.js';
import { token } from '../../provider/plugin/token.js';
import { settingRows } from '../../provider/resources/configuration.js';

const propertySchema = z.object({
  description: z.string().default(''),
  type: z.string().optional(),
  $ref: z.string().optional(),
  get items() {
    return propertySchema.optional();
  },
  get additionalProperties() {
    return propertySchema.optional();
  },
});
const objectSchema = z.object({
  properties: z.record(z.string(), propertySchema),
  required: z.array(z.string()).default([]),
});
const packageShape = z.object({
  types: z.record(z.string(), objectSchema),
  resources: z.record(
    z.string(),
    objectSchema.extend({
      inputProperties: z.record(z.string(), propertySchema),
      requiredInputs: z.array(z.string()).default([]),
    }),
  ),
  functions: z.record(z.string(), z.object({ description: z.string(), inputs: objectSchema, outputs: objectSchema })),
});

type Property = z.output<typeof propertySchema>;

/** The tables of the pages, made from the definitions that the provider works with: name of the section to its text. */
export function generatedSections(): Readonly<Record<string, string>> {
  const schema = packageShape.parse(JSON.parse(packageSchema('0.0.0')));
  const resource = (name: string): Readonly<Record<string, string>> => {
    const { inputProperties, requiredInputs, properties, required } = schema.resources[token(name)]!;
    // What an input is comes back as an output of the same name, and need not be told twice.
    const made = Object.entries(properties).filter(
      ([key, { description }]) => description !== inputProperties[key]?.description && key !== 'requestedLines',
    );
    return {
      [`${name} inputs`]: propertyTable(inputProperties, requiredInputs),
      [`${name} outputs`]: propertyTable(Object.fromEntries(made), required),
    };
  };
  const types = Object.entries(schema.types).map(([name, { properties, required }]): [string, string] => [
    `type ${name.split(':').at(-1) ?? name}`,
    propertyTable(properties, required),
  ]);
  const functions = Object.entries(schema.functions).map(([name, { description, inputs, outputs }]) =>
    [
      `### ${name.split(':').at(-1) ?? name}`,
      description,
      propertyTable(inputs.properties, inputs.required),
      'It gives:',
      propertyTable(outputs.properties, outputs.required),
    ].join('\n\n'),
  );
  return {
    settings: settingsTable(),
    ...resource('PrivateImage'),
    ...resource('FileBundle'),
    ...Object.fromEntries(types),
    functions: functions.join('\n\n'),
  };
}

/** `page` with what stands between `<!-- name -->` and `<!-- end -->` made anew. Throws for a section that nobody makes. */
export function withSections(page: string, sections: Readonly<Record<string, string>>): string {
  return page.replaceAll(
    /<!-- (?<name>(?!end)[\w ]+) -->[\s\S]*?<!-- end -->/gu,
    (_, name: string) => `<!-- ${name} -->\n\n${sectionOf(sections, name)}\n\n<!-- end -->`,
  );
}

function sectionOf(sections: Readonly<Record<string, string>>, name: string): string {
  const text = sections[name];
  if (text === undefined) throw new Error(`no section ${name}: there are ${Object.keys(sections).join(', ')}`);
  return text;
}

function settingsTable(): string {
  return table(
    ['setting', 'environment', 'meaning', 'default'],
    settingRows.map(({ name, variable, description, standard, secret }) => [
      `\`${name}\``,
      `\`${variable}\``,
      `${secret ? '**Secret.** ' : ''}${description}`,
      standard,
    ]),
  );
}

function propertyTable(properties: Readonly<Record<string, Property>>, required: readonly string[]): string {
  const rows = Object.entries(properties).map(([name, property]) => [
    `\`${name}\`${required.includes(name) ? '' : ' (optional)'}`,
    typeOf(property),
    property.description,
  ]);
  return rows.length === 0 ? 'Nothing.' : table(['property', 'type', 'meaning'], rows);
}

function typeOf({ type, $ref, items, additionalProperties }: Property): string {
  if ($ref !== undefined) return $ref.split(':').at(-1)?.replace('pulumi.json#/', '') ?? $ref;
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (additionalProperties !== undefined) return `map of ${typeOf(additionalProperties)}`;
  return type ?? 'text or asset';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/gu, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
