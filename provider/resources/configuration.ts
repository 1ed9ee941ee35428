import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { isPem } from '../creator/creator-signer.js';
import type { Settings } from '../creator/settings.js';
import { architectures } from '../packages/package.js';
import { isRegistrySetting, parseRegistryReference } from '../registry/distribution/reference.js';
import type { SigningSettings } from '../signing/signing.js';
import { PrivateImageError } from '../support/errors.js';
import { settingsTable } from './settings-table.js';

export type ConfigurationErrorCode = 'configuration/invalid';

/** Where settings are looked up, first to last. All come from the front. */
export interface ConfigurationSources {
  /** A provider's own arguments, by the setting's name. */
  readonly argumentOf?: (name: string) => string | undefined;
  /** Stack configuration, by the full key as `private-image:registry`. */
  readonly stack?: (key: string) => string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program's folder, absolute: relative paths start here. */
  readonly workingDirectory: string;
  /** The user's home folder, absolute. */
  readonly home: string;
}

/** What holds for all resources of one program: the creator's settings, and what concerns the front alone. */
export interface ResourceSettings extends Settings {
  /** True: a secret value in an image's environment or files is refused. False: it is warned of. */
  readonly forbidSecretsInImages: boolean;
}

/** A setting as the user gives it: under the same name in stack configuration and arguments, `PRIVATE_IMAGE_…` in the environment. */
export interface SettingRow {
  readonly name: string;
  readonly variable: string;
  readonly description: string;
  /** In words, for documentation. */
  readonly standard: string;
  /** Whether it is one that nobody may see: `pulumi config set --secret`. */
  readonly secret: boolean;
  /** How it is written where types are: in the arguments of a provider. */
  readonly form: 'text' | 'list' | 'flag' | 'number';
  /** A value, in that form. */
  readonly example: unknown;
}

type Name = keyof typeof settingsTable;
type Values = { readonly [Key in Name]?: z.output<(typeof settingsTable)[Key]['rule']> };

/** Every setting, for documentation and schemas. */
export const settingRows: readonly SettingRow[] = Object.entries(settingsTable).map(([name, row]) => ({
  name,
  variable: variableOf(name),
  description: row.description,
  standard: row.standard,
  secret: 'secret' in row,
  form: 'form' in row ? row.form : 'text',
  example: row.example,
}));

/**
 * The settings: provider arguments, then stack configuration, then `PRIVATE_IMAGE_…` of the environment, then defaults.
 * Throws `configuration/invalid` with every fault at once.
 */
export function readConfiguration(sources: ConfigurationSources): ResourceSettings {
  const { values, faults } = readValues(sources);
  if (faults.length === 0) return settingsOf(values, sources);
  throw new PrivateImageError<ConfigurationErrorCode>(
    'configuration/invalid',
    `The configuration is wrong: ${faults.map(({ where, reason }) => `${where} ${reason}`).join('; ')}`,
    {
      hint: 'Settings come from `pulumi config set private-image:<name>` or from the environment, as PRIVATE_IMAGE_REGISTRY.',
      data: { faults: faults.map(({ where, reason }) => `${where} ${reason}`) },
    },
  );
}

/** What is wrong with a setting. */
export interface SettingFault {
  readonly name: string;
  /** Where it was written. */
  readonly where: string;
  readonly reason: string;
}

/** Everything that is wrong with the settings. */
export function configurationFaults(sources: ConfigurationSources): readonly SettingFault[] {
  return readValues(sources).faults;
}

function readValues(sources: ConfigurationSources): { readonly values: Values; readonly faults: SettingFault[] } {
  const faults: SettingFault[] = [];
  const read = (name: Name): unknown => {
    const found = lookUp(name, sources);
    if (found === undefined) return undefined;
    const result = settingsTable[name].rule.safeParse(found.value);
    if (result.success) return result.data;
    faults.push(...result.error.issues.map((issue) => ({ name, where: found.where, reason: issue.message })));
    return undefined;
  };
  const values: Values = Object.fromEntries((Object.keys(settingsTable) as Name[]).map((name) => [name, read(name)]));
  if (faults.length === 0) {
    for (const { name, reason } of contradictions(values)) {
      faults.push({ name, where: lookUp(name, sources)?.where ?? `the setting ${name}`, reason });
    }
  }
  return { values, faults };
}

/** Settings that are right by themselves and not together. */
function contradictions(values: Values): readonly { readonly name: Name; readonly reason: string }[] {
  const { registryClientCertificate: certificate, registryClientKey: key, signing, signingKey } = values;
  return [
    ...(certificate !== undefined && key === undefined
      ? [{ name: 'registryClientCertificate' as const, reason: 'needs registryClientKey beside it' }]
      : []),
    ...(certificate === undefined && key !== undefined
      ? [{ name: 'registryClientKey' as const, reason: 'needs registryClientCertificate beside it' }]
      : []),
    ...(signing === 'key' && signingKey === undefined
      ? [{ name: 'signing' as const, reason: 'is key, and there is no signingKey' }]
      : []),
  ];
}

function settingsOf(values: Values, { environment, home, workingDirectory }: ConfigurationSources): ResourceSettings {
  const absolute = (folder: string): string => path.resolve(workingDirectory, folder);
  const placeOf = (setting: string): string => registryOr(setting, absolute);
  const caches = environment['XDG_CACHE_HOME'] || path.join(home, '.cache');
  return {
    tenant: values.tenant ?? 'local',
    registry: placeOf(values.registry ?? '.private-image/registry'),
    mirrorRegistries: (values.mirrorRegistries ?? []).map(placeOf),
    registryAccess: {
      credentials: values.registryAuth ?? [],
      certificates: absoluteOr(values.registryCertificates, absolute),
      clientCertificate: absoluteOr(values.registryClientCertificate, absolute),
      clientKey: absoluteOr(values.registryClientKey, absolute),
      insecure: insecureHosts(values),
    },
    retention: values.retention,
    signing: signingOf(values, absolute),
    distribution: values.distribution ?? 'debian',
    catalogs: (values.catalogs ?? []).map(absolute),
    mirrors: {
      debian: values.debianMirror,
      debianSecurity: values.debianSecurityMirror,
      alpine: values.alpineMirror,
      wolfi: values.wolfiMirror,
    },
    repositoryAuth: values.repositoryAuth ?? [],
    architectures: values.architectures ?? architectures,
    devVariants: values.devVariants ?? true,
    documentation: values.documentation ?? false,
    cache: absolute(values.cache ?? path.join(caches, 'pulumi-private-image')),
    checkValidUntil: values.checkValidUntil ?? true,
    concurrency: values.concurrency ?? 8,
    forbidSecretsInImages: values.forbidSecretsInImages ?? false,
  };
}

function absoluteOr(file: string | undefined, absolute: (file: string) => string): string | undefined {
  return file === undefined ? undefined : absolute(file);
}

/** A registry by its name alone, so that the way it is reached is no part of what a state keeps; a folder as an absolute path. */
function registryOr(setting: string, absolute: (folder: string) => string): string {
  if (setting.startsWith('file:')) return fileURLToPath(setting);
  if (!isRegistrySetting(setting)) return absolute(setting);
  const { text } = parseRegistryReference(setting);
  return isRegistrySetting(text) ? text : `oci://${text}`;
}

function insecureHosts(values: Values): readonly string[] {
  const settings = [values.registry ?? '', ...(values.mirrorRegistries ?? [])];
  const stated = settings.filter((setting) => setting.startsWith('http://'));
  const hosts = [
    ...(values.insecureRegistries ?? []),
    ...stated.map((setting) => parseRegistryReference(setting).host),
  ];
  return [...new Set(hosts.map((host) => host.toLowerCase()))];
}

function signingOf(values: Values, absolute: (file: string) => string): SigningSettings {
  const { signingKey, signing = signingKey === undefined ? 'none' : 'key' } = values;
  const services = { rekorUrl: values.rekorUrl, tsaUrl: values.timestampUrl };
  const form = values.signatureTags === true ? 'both' : 'bundle';
  if (signing === 'keyless') {
    const { identityToken, fulcioUrl } = values;
    return { kind: 'keyless', identityToken, fulcioUrl, ...services, form };
  }
  if (signing === 'none' || signingKey === undefined) return { kind: 'none' };
  const privateKey = isPem(signingKey) ? signingKey : absolute(signingKey);
  return { kind: 'key', privateKey, password: values.signingKeyPassword, ...services, form };
}

function lookUp(
  name: Name,
  sources: ConfigurationSources,
): { readonly value: string; readonly where: string } | undefined {
  const variable = variableOf(name);
  const key = `private-image:${name}`;
  const found = [
    { value: sources.argumentOf?.(name), where: `the argument ${name}` },
    { value: sources.stack?.(key), where: key },
    // A variable that is set to nothing is as good as unset: that is how shells and CI switch one off.
    { value: sources.environment[variable] || undefined, where: variable },
  ].find(({ value }) => value !== undefined);
  return found?.value === undefined ? undefined : { value: found.value, where: found.where };
}

/** `debianMirror` → `PRIVATE_IMAGE_DEBIAN_MIRROR`. */
function variableOf(name: string): string {
  return `PRIVATE_IMAGE_${name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`;
}
