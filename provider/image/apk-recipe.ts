/** What an image of apk packages is a function of, beside what every image is. */
export interface ApkRecipe {
  /**
   * The package requests, as the configuration has them, `!name` and `name@tag` included: packages are laid out and recorded in
   * the order in which apk would install them for these.
   */
  readonly requests: readonly string[];
  /** Lines of `/etc/apk/repositories`: what the image knows at run time, as written in the configuration, without credentials. */
  readonly repositories: readonly string[];
  /** Public keys for `/etc/apk/keys`. */
  readonly keys: readonly ApkRecipeKey[];
  /** Names that packages provide whose certificates are trusted: `certificates.providers`. Absent: none. */
  readonly certificateProviders?: readonly string[];
  /** `certificates.additional`: trusted as apko does it. PEM, one certificate each. Absent: none. */
  readonly additionalCertificates?: readonly { readonly name: string; readonly content: string }[];
  /** The names of all packages in the order of their installation, and the lines of `/etc/apk/world`. Absent: both follow from the packages. */
  readonly installation?: { readonly order: readonly string[]; readonly world: readonly string[] };
  /**
   * The configuration as it stands in the apko file: its top-level mapping after YAML has been parsed and checked, keys as in the
   * file. It goes to `/etc/apko.json`. Absent: the image has no such file.
   */
  readonly file?: Readonly<Record<string, unknown>>;
}

/** A public key by the name of its file. */
export interface ApkRecipeKey {
  readonly name: string;
  readonly pem: string;
}
