import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareWithSbom } from '../creator/compare-sbom.js';
import type { Creator } from '../creator/creator.js';
import { openReference } from '../creator/open-reference.js';
import { type Trust, fetchPublicRoot, readTrustedRoot, trustIdentity, trustKey } from '../signing/trust.js';
import type { VerificationFault, VerifiedImage } from '../signing/verification.js';
import { verifyImage } from '../signing/verify-image.js';
import { PrivateImageError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import type { Action } from './action.js';
import { exitCodes, type Terminal } from './terminal.js';

/** What `private-image verify` takes beside the reference. */
export interface VerifyCommandOptions {
  readonly key?: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly trustedRoot?: string;
  readonly json?: boolean;
}

/**
 * `private-image verify`: whether an image is signed by whom it is to be, has its signed SBOM, and holds what that says. Every fault is
 * told by name, and exit code 1 says that there is one.
 */
export function verifyCommand(image: string, options: VerifyCommandOptions): Action {
  return async (creator, terminal) => {
    const trust = await trustOf(creator, options, terminal);
    const { repository, reference = 'latest' } = openReference(creator, image, terminal.workingDirectory);
    creator.report({ kind: 'status', message: `verifying ${repository.reference}` });
    const verified = await verifyImage(repository, reference, {
      trust,
      compare: (compared) => compareWithSbom(repository, compared),
    });
    terminal.writeError(faultsText(verified.faults));
    for (const message of new Set(verified.distrusted.map(messageOf))) {
      terminal.writeError(`warning: beside what is needed there is a signature that does not count: ${message}\n`);
    }
    if (options.json === true) terminal.write(`${JSON.stringify(verified, null, 2)}\n`);
    else if (verified.faults.length === 0) terminal.write(textOf(repository.reference, verified));
    return verified.faults.length === 0 ? exitCodes.done : exitCodes.failed;
  };
}

async function trustOf(creator: Creator, options: VerifyCommandOptions, terminal: Terminal): Promise<Trust> {
  const { key, certificateIdentity: identity, certificateOidcIssuer: issuer, trustedRoot } = options;
  const read = (file: string): Promise<string> => readNamed(path.resolve(terminal.workingDirectory, file));
  const root = trustedRoot === undefined ? undefined : readTrustedRoot(await read(trustedRoot));
  if (key !== undefined && identity === undefined && issuer === undefined) return trustKey(await read(key), root);
  if (key === undefined && identity !== undefined && issuer !== undefined) {
    const material = root ?? (await fetchPublicRoot(path.join(creator.settings.cache, 'sigstore')));
    return trustIdentity(material, identity, issuer);
  }
  throw new PrivateImageError<'request/malformed'>('request/malformed', 'Say whose signature counts', {
    hint: 'Give --key FILE with a public key, or --certificate-identity with --certificate-oidc-issuer.',
  });
}

async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PrivateImageError<'request/malformed'>('request/malformed', `${file} cannot be read`, { cause: error });
  }
}

/** Each fault once, as several signatures of a manifest have the same; those with the same hint together, and it below them. */
function faultsText(faults: readonly VerificationFault[]): string {
  const byHint = new Map<string, Set<string>>();
  for (const fault of faults) {
    const { code, hint = '' } = fault;
    byHint.set(hint, (byHint.get(hint) ?? new Set()).add(`error[${code}]: ${messageOf(fault)}\n`));
  }
  return [...byHint].map(([hint, lines]) => `${[...lines].join('')}${hint === '' ? '' : `  ${hint}\n`}`).join('');
}

/** What is wrong, and with which manifest. */
function messageOf({ message, subject }: VerificationFault): string {
  return printable(message.includes(subject) ? message : `${message} (of ${subject})`);
}

function textOf(repository: string, { digest, signatures }: VerifiedImage): string {
  const signers = [...new Set(signatures.map(({ signer }) => signer))];
  const subjects = new Set(signatures.map(({ subject }) => subject));
  return [
    `${repository}@${digest}`,
    `  signed by  ${signers.join(', ')}`,
    `  manifests  ${subjects.size}, each signed, each with its signed SBOM`,
    '  content    every layer, and every package in it, is what the SBOM says',
    '',
  ].join('\n');
}
