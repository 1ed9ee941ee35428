import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { capture, type Ended } from '../setup/run.mjs';
import {
  buildEnvironment,
  copyVirtualEnvironment,
  hostFolder,
  javaClassPath,
  missingLanguage,
  tidyModules,
} from './languages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How an SDK is looked into: where a thing is, and how it declares a property. */
interface Language {
  readonly name: string;
  /** The file of the inputs of a resource, as `PrivateImage`. */
  readonly resource: (name: string) => string;
  /** The file of the arguments of a function, as `getPlan`. */
  readonly function: (name: string) => string;
  readonly declares: (property: string) => RegExp;
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const snake = (name: string): string => camel(name).replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
const javaFolder = 'src/main/java/com/pulumi/privateimage';

const languages: readonly Language[] = [
  {
    name: 'nodejs',
    resource: (name) => `${camel(name)}.ts`,
    function: (name) => `${name}.ts`,
    declares: (property) => new RegExp(`^    ${property}\\??: `, 'mu'),
  },
  {
    name: 'python',
    resource: (name) => `pulumi_private_image/${snake(name)}.py`,
    function: (name) => `pulumi_private_image/${snake(name)}.py`,
    declares: (property) => new RegExp(`\\b${snake(property)}: `, 'u'),
  },
  {
    name: 'go',
    resource: (name) => `privateimage/${camel(name)}.go`,
    function: (name) => `privateimage/${name}.go`,
    declares: (property) => new RegExp(`^\\t${pascal(property)} +\\S`, 'mu'),
  },
  {
    name: 'dotnet',
    resource: (name) => `${name}.cs`,
    function: (name) => `${pascal(name)}.cs`,
    declares: (property) => new RegExp(`\\[Input\\("${property}"`, 'u'),
  },
  {
    name: 'java',
    resource: (name) => `${javaFolder}/${name}Args.java`,
    function: (name) => `${javaFolder}/inputs/${pascal(name)}Args.java`,
    declares: (property) => new RegExp(`@Import\\(name="${property}"`, 'u'),
  },
];

const propertiesSchema = z.record(z.string(), z.object({ description: z.string() }));
const schemaSchema = z.object({
  resources: z.record(z.string(), z.object({ inputProperties: propertiesSchema })),
  functions: z.record(z.string(), z.object({ inputs: z.object({ properties: propertiesSchema }) })),
});

describe('the SDKs that the CLI generates', () => {
  let folder: string;
  let plugin: string;
  let schema: z.output<typeof schemaSchema>;
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    ...buildEnvironment,
    PATH: [hostFolder(), process.env['PATH'] ?? ''].join(path.delimiter),
    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
    PULUMI_HOME: path.join(folder, '.home'),
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase for tests',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  });
  const run = (program: string, args: readonly string[], cwd = folder): Promise<Ended> =>
    capture(program, args, { cwd, env: env() });
  const sdk = (language: string, ...names: readonly string[]): string => path.join(folder, 'sdk', language, ...names);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'private-image-sdks-'));
    if (missingLanguage('nodejs') !== undefined) return;
    plugin = path.join(folder, 'pulumi-resource-private-image');
    const entry = path.join(root, 'dist/program/pulumi-resource-private-image.js');
    await writeFile(plugin, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
    await chmod(plugin, 0o755);
    const { stdout } = await run('pulumi', ['package', 'get-schema', plugin]);
    schema = schemaSchema.parse(JSON.parse(stdout));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.for(languages)(
    'has every resource, function and property in $name, with what it is for',
    async (language, context) => {
      const missing = missingLanguage(language.name);
      if (missing !== undefined) context.skip(missing);
      const { code, stdout, stderr } = await run('pulumi', [
        ...['package', 'gen-sdk', plugin, '--language', language.name, '--out', 'sdk'],
      ]);
      expect(code, stdout + stderr).toBe(0);
      const declared = [
        ...Object.entries(schema.resources).map(([token, { inputProperties }]) => ({
          file: language.resource(lastPart(token)),
          properties: inputProperties,
        })),
        ...Object.entries(schema.functions).map(([token, { inputs }]) => ({
          file: language.function(lastPart(token)),
          properties: inputs.properties,
        })),
      ];
      expect(declared.map(({ file }) => file)).toContain(language.resource('FileBundle'));
      for (const { file, properties } of declared) {
        const source = await readFile(sdk(language.name, file), 'utf8');
        const words = withoutMarkup(source);
        for (const [name, { description }] of Object.entries(properties)) {
          expect(source, file).toMatch(language.declares(name));
          expect(words.includes(withoutMarkup(description)), `${file}: ${name}: ${description}`).toBe(true);
        }
      }
    },
  );

  it('compiles in TypeScript', async (context) => {
    const missing = missingLanguage('nodejs');
    if (missing !== undefined) context.skip(missing);
    await symlink(path.join(root, 'node_modules'), sdk('nodejs', 'node_modules'));
    const options = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, types: ['node'] };
    await writeFile(
      sdk('nodejs', 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['index.ts', 'program.ts'] }),
    );
    await writeFile(
      sdk('nodejs', 'program.ts'),
      `import * as privateImage from './index';
      const provider = new privateImage.Provider('other', { tenant: '53', architectures: ['amd64'] });
      const bundle = new privateImage.FileBundle('ca', { name: 'ca', type: 'certificates', files: { a: 'b' } });
      const web = new privateImage.PrivateImage('web', {
        name: 'web', starter: 'php', packages: ['jq'], environment: { A: 'b' }, fileBundles: [bundle.reference],
        lines: ['8.4'], architectures: ['amd64'], description: 'text',
      }, { provider });
      export const version = web.lines.apply((lines) => lines[0]?.version);
      export const planned = privateImage.getPlanOutput({ name: 'web', starter: 'php' }).plan.lines;
      export const starters = privateImage.getStarters({}).then((found) => found.starters[0]?.name);`,
    );
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    expect(await run(process.execPath, [compiler, '--project', sdk('nodejs')])).toMatchObject({ code: 0, stdout: '' });
  });

  it('is added to a program in TypeScript, and compiled with it', async (context) => {
    const missing = missingLanguage('nodejs');
    if (missing !== undefined) context.skip(missing);
    const program = path.join(folder, 'program');
    await mkdir(program);
    await writeFile(path.join(program, 'Pulumi.yaml'), 'name: program\nruntime: nodejs\n');
    await writeFile(path.join(program, 'package.json'), JSON.stringify({ name: 'program', private: true }));
    const added = await run('pulumi', ['package', 'add', plugin, '--non-interactive'], program);
    expect(added.code, added.stdout + added.stderr).toBe(0);
    const manifest: unknown = JSON.parse(await readFile(path.join(program, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ dependencies: { 'pulumi-private-image-sdk': 'file:sdks/private-image' } });
    expect(parse(await readFile(path.join(program, 'Pulumi.yaml'), 'utf8'))).toMatchObject({
      packages: { 'private-image': expect.stringMatching(/^private-image@/u) },
    });
    const loaded = "const sdk = require('pulumi-private-image-sdk'); console.log(sdk.PrivateImage.__pulumiType)";
    const { stdout, stderr } = await run(process.execPath, ['-e', loaded], program);
    expect(stdout.trim(), stderr).toBe('private-image:index:PrivateImage');
  });

  it('is imported in Python', async (context) => {
    const missing = missingLanguage('python');
    if (missing !== undefined) context.skip(missing);
    await copyVirtualEnvironment(folder);
    const python = path.join(folder, 'venv/bin/python');
    const installed = await run(python, ['-m', 'pip', 'install', '--no-deps', sdk('python')]);
    expect(installed.code, installed.stdout + installed.stderr).toBe(0);
    expect(await run(python, ['-m', 'compileall', '-q', sdk('python')])).toMatchObject({ code: 0 });
    const questions = `
import inspect, json, pulumi_private_image as sdk
print(json.dumps({
  'image': list(inspect.signature(sdk.PrivateImageArgs.__init__).parameters)[1:],
  'bundle': list(inspect.signature(sdk.FileBundleArgs.__init__).parameters)[1:],
  'functions': [name for name in dir(sdk) if name.startswith(('get_', 'search_')) and callable(getattr(sdk, name))],
}))`;
    const { code, stdout, stderr } = await run(python, ['-c', questions]);
    expect(code, stderr).toBe(0);
    const found = z.record(z.string(), z.array(z.string())).parse(JSON.parse(stdout));
    const inputs = (name: string): string[] =>
      Object.keys(schema.resources[`private-image:index:${name}`]!.inputProperties).map(snake);
    expect(found['image']?.toSorted()).toEqual(inputs('PrivateImage').toSorted());
    expect(found['bundle']?.toSorted()).toEqual(inputs('FileBundle').toSorted());
    expect(found['functions']).toEqual(
      expect.arrayContaining(Object.keys(schema.functions).map((name) => snake(lastPart(name)))),
    );
  });

  it('compiles in Go', async (context) => {
    const missing = missingLanguage('go');
    if (missing !== undefined) context.skip(missing);
    const tidied = await tidyModules(sdk('go'), env());
    if (tidied.code !== 0) context.skip(`needs the modules that the SDK depends on: ${tidied.stderr.trim()}`);
    await mkdir(sdk('go', 'program'));
    await writeFile(sdk('go', 'program/main.go'), await programOfPage('go'));
    const vetted = await run('go', ['vet', './...'], sdk('go'));
    expect(vetted.code, vetted.stdout + vetted.stderr).toBe(0);
  });

  it('compiles in Java, or can be parsed where its libraries are missing', async (context) => {
    const missing = missingLanguage('java');
    if (missing !== undefined) context.skip(missing);
    const sources = (await readdir(sdk('java'), { recursive: true })).filter((name) => name.endsWith('.java'));
    const how = javaClassPath === undefined ? ['-XDshould-stop.ifNoError=PARSE'] : ['-cp', javaClassPath];
    await mkdir(sdk('java', 'out'));
    await writeFile(sdk('java', 'App.java'), await programOfPage('java'));
    const compiled = await run('javac', ['-proc:none', '-d', 'out', ...how, 'App.java', ...sources], sdk('java'));
    expect(compiled.code, compiled.stdout + compiled.stderr).toBe(0);
  });

  it('is a project of .NET with namespaces for arguments and results', async (context) => {
    const missing = missingLanguage('dotnet');
    if (missing !== undefined) context.skip(missing);
    const names = await readdir(sdk('dotnet'), { recursive: true });
    expect(names).toEqual(
      expect.arrayContaining(['Pulumi.PrivateImage.csproj', 'Provider.cs', 'Outputs/ImageLine.cs']),
    );
    expect(await readFile(sdk('dotnet', 'PrivateImage.cs'), 'utf8')).toMatch(/^namespace Pulumi\.PrivateImage$/mu);
  });
});

/** The program in a language that the first page of the documentation shows. */
async function programOfPage(language: string): Promise<string> {
  const page = await readFile(path.join(root, 'docs/_index.md'), 'utf8');
  const text = new RegExp(`^\`\`\`${language}\n(?<text>[\\s\\S]*?)^\`\`\``, 'mu').exec(page)?.groups?.['text'];
  if (text === undefined) throw new Error(`docs/_index.md has no program in ${language}`);
  return text;
}

/** `PrivateImage` of `private-image:index:PrivateImage`. */
function lastPart(token: string): string {
  return token.split(':').at(-1) ?? token;
}

/** The words of a text, without what a language's comments put between them. */
function withoutMarkup(text: string): string {
  const plain = text
    .replaceAll(/&(?:quot|#34);/gu, '"')
    .replaceAll(/&(?:apos|#39);/gu, "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('{@literal @}', '@');
  return plain.replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
