import { z } from 'zod';

/** What dpkg's own database knows of an installed package, beside that it is installed. */
export interface InstalledRecord {
  /** The control file as it stands. */
  readonly control: string;
  /** The other files of the control archive by name, as `postinst`, in base64. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of the package in the order of its archive, absolute, as they stand in it. */
  readonly paths: readonly string[];
  /** Configuration files with the md5 of what the package brings, lowercase hex; what it does not bring is left out. */
  readonly conffiles: Readonly<Record<string, string>>;
}

/** A record as JSON has it. */
export const installedRecordSchema: z.ZodType<InstalledRecord> = z.object({
  control: z.string(),
  files: z.record(z.string(), z.string()),
  paths: z.array(z.string()),
  conffiles: z.record(z.string(), z.string()),
});
