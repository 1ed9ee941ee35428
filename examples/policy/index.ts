import { PolicyPack, type ResourceValidationArgs } from '@pulumi/policy';

const starters = ['base', 'nginx', 'php', 'python'];
const refused = ['netcat-openbsd', 'openssh-server', 'telnet'];
const authority = 'corporate-ca';

/** What a preview knows of an image: its inputs, and the plan with the exact packages of each line. */
interface Image {
  readonly name: string;
  readonly starter: string;
  readonly fileBundles?: readonly string[];
  readonly plan?: { readonly lines: Readonly<Record<string, Line>> };
}

interface Line {
  readonly packages: Readonly<Record<string, string>>;
  readonly endOfLife?: string;
}

/** A rule for private images, of TypeScript programs as of all others. */
function rule(check: (image: Image, report: (message: string) => void) => void) {
  return (args: ResourceValidationArgs, report: (message: string) => void): void => {
    if (args.type.endsWith(':PrivateImage')) check(args.props as unknown as Image, report);
  };
}

function linesOf({ plan }: Image): [string, Line][] {
  return Object.entries(plan?.lines ?? {});
}

new PolicyPack('private-images', {
  policies: [
    {
      name: 'known-starters',
      description: `Images begin from ${starters.join(', ')}.`,
      enforcementLevel: 'mandatory',
      validateResource: rule(({ name, starter }, report) => {
        if (!starters.includes(starter)) report(`${name} begins from ${starter}`);
      }),
    },
    {
      name: 'refused-packages',
      description: 'No line has a tool for remote access, not even as a dependency.',
      enforcementLevel: 'mandatory',
      validateResource: rule((image, report) => {
        for (const [line, { packages }] of linesOf(image)) {
          const found = refused.filter((name) => name in packages);
          if (found.length > 0) report(`${image.name} ${line} would have ${found.join(', ')}`);
        }
      }),
    },
    {
      name: 'company-certificates',
      description: `Every image includes the file bundle ${authority}.`,
      enforcementLevel: 'mandatory',
      validateResource: rule(({ name, fileBundles = [] }, report) => {
        if (!fileBundles.some((reference) => reference.includes(`/${authority}@`))) report(`${name} does not`);
      }),
    },
    {
      name: 'supported-lines',
      description: 'Lines that are supported for less than half a year should be left.',
      enforcementLevel: 'advisory',
      validateResource: rule((image, report) => {
        const limit = Date.now() + 182 * 86_400_000;
        for (const [line, { endOfLife }] of linesOf(image)) {
          if (endOfLife !== undefined && Date.parse(endOfLife) < limit)
            report(`${image.name} ${line} ends on ${endOfLife}`);
        }
      }),
    },
  ],
});
