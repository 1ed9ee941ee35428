import { certificatesIn } from '../image/certificate-file.js';
import type { RecipeCertificate } from '../image/recipe.js';
import type { Creator } from './creator.js';
import type { LineImage } from './plan.js';

/**
 * The certificates in the files of an image's bundles, each as a file of its own: what OpenSSL and Java look up is one certificate a file. The
 * first has the name of the file that it is from, the others a number behind it. Throws `image/bad-certificate`.
 */
export async function recipeCertificates(
  { store }: Creator,
  { certificates }: Pick<LineImage, 'certificates'>,
): Promise<readonly RecipeCertificate[]> {
  const taken = new Set(certificates.map(({ name }) => name));
  const contents = await Promise.all(certificates.map(({ digest }) => store.read(digest)));
  return certificates.flatMap(({ name }, at) =>
    certificatesIn(contents[at] ?? Buffer.alloc(0), name).map((pem, index) => ({
      name: index === 0 ? name : freeName(name, index + 1, taken),
      pem,
    })),
  );
}

/** `ca_chain_2.crt` for the second of `ca_chain.crt`, or the next number that no other has. */
function freeName(name: string, number: number, taken: Set<string>): string {
  const numbered = name.replace(/\.crt$/u, `_${number}.crt`);
  if (taken.has(numbered)) return freeName(name, number + 1, taken);
  taken.add(numbered);
  return numbered;
}
