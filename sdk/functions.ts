import { homedir } from 'node:os';
import type * as pulumi from '@pulumi/pulumi';
import { describedError } from '../provider/resources/described-error.js';
import type { ImagePlan, PrivateImageArgs } from './private-image.js';

/** A starter image on offer. */
export interface Starter {
  /** What `PrivateImage.starter` takes. */
  name: string;
  distribution: string;
  title: string;
  category: string;
  description: string;
}

/** A line of a starter that is maintained today. */
export interface StarterLine {
  line: string;
  /** The upstream version. */
  version: string;
  suite: string;
  /** ISO date on which support ends. */
  endOfLife?: string;
}

/** Something that a search found. */
export interface FoundPackage {
  /** `family`: one thing in several lines. `auto`: each line resolves the name by itself. */
  kind: 'package' | 'family' | 'auto';
  name: string;
  description: string;
  /** The newest version in each suite. */
  versions: { package: string; suite: string; version: string; fips?: boolean }[];
}

/** The starter images on offer. */
export async function getStarters(args: { distribution?: string } = {}): Promise<{ starters: Starter[] }> {
  return ask<{ starters: Starter[] }>('getStarters', args);
}

/** One starter image with its maintained lines, oldest first. */
export async function getStarter(args: {
  name: string;
  distribution?: string;
}): Promise<Starter & { lines: StarterLine[] }> {
  return ask<Starter & { lines: StarterLine[] }>('getStarter', args);
}

/** Packages by name, description or version, best matches first. */
export async function searchPackages(args: {
  text: string;
  distribution?: string;
  suite?: string;
  limit?: number;
}): Promise<{ packages: FoundPackage[] }> {
  return ask<{ packages: FoundPackage[] }>('searchPackages', args);
}

/** The SBOM of a starter image without anything added, as an SPDX document. */
export async function getStarterSbom(args: {
  starter: string;
  line?: string;
}): Promise<{ mediaType: string; document: string; version: string }> {
  return ask<{ mediaType: string; document: string; version: string }>('getStarterSbom', args);
}

/** What a private image would be built from, without building it. */
export async function getPlan(args: pulumi.Unwrap<PrivateImageArgs>): Promise<{ plan: ImagePlan }> {
  return ask<{ plan: ImagePlan }>('getPlan', args);
}

/** Asks within the program's own process, with the settings of its stack. What it throws is said in whole by the message. */
async function ask<Result>(name: string, args: object): Promise<Result> {
  try {
    return await answerOf<Result>(name, args);
  } catch (error) {
    throw describedError(error);
  }
}

async function answerOf<Result>(name: string, args: object): Promise<Result> {
  // A program that asks nothing is not held up by what answers.
  const { askFunction, resourceFunctions } = await import('../provider/resources/functions.js');
  const { readConfiguration } = await import('../provider/resources/configuration.js');
  const { openSession } = await import('../provider/resources/session.js');
  const { unknownValue } = await import('../provider/resources/wire.js');
  const { Config } = await import('@pulumi/pulumi/config.js');
  const { warn } = await import('@pulumi/pulumi/log/index.js');
  const asked = resourceFunctions[name];
  if (asked === undefined) throw new Error(`there is no function ${name}`);
  const { env: environment } = process;
  const workingDirectory = process.cwd();
  const configuration = new Config('private-image');
  const stack = (key: string): string | undefined => configuration.get(key.replace('private-image:', ''));
  const session = openSession(readConfiguration({ stack, environment, workingDirectory, home: homedir() }), {
    environment,
    workingDirectory,
    clock: () => new Date(),
    newTraceId: () => '',
    unknown: unknownValue,
    tell: (_, { kind, message }) => {
      if (kind === 'warning') void warn(message);
    },
  });
  try {
    const signal = new AbortController().signal;
    const queries = session.queries({ urn: undefined, preview: false, secrets: [], signal });
    const answer = await askFunction(asked, queries, { ...args });
    // The shape is what the function's schema says of its result.
    if ('result' in answer) return answer.result as Result;
    throw new Error(`${name}: ${answer.failures.map(({ property, reason }) => `${property}: ${reason}`).join('; ')}`);
  } finally {
    await session.close();
  }
}
