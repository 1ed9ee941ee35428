import { readFileSync } from 'node:fs';
import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';

/** What is wrong with a document by the schema of its format: nothing where it is valid. */
export type Faults = readonly ErrorObject[];

/** Faults of an SPDX 2.3 document in JSON, given as text. */
export function spdxFaults(text: string): Faults {
  return faultsBy((spdx ??= compileSpdx()), text);
}

/** Faults of a CycloneDX 1.6 document in JSON, given as text. */
export function cyclonedxFaults(text: string): Faults {
  return faultsBy((cyclonedx ??= compileCyclonedx()), text);
}

let spdx: ValidateFunction | undefined;
let cyclonedx: ValidateFunction | undefined;

function faultsBy(validate: ValidateFunction, text: string): Faults {
  validate(JSON.parse(text));
  return validate.errors ?? [];
}

function compileSpdx(): ValidateFunction {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(schema('spdx-2.3.schema.json'));
}

function compileCyclonedx(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'iri-reference': true, 'idn-email': true } });
  addFormats.default(ajv);
  ajv.addSchema(schema('cyclonedx-spdx.schema.json'));
  ajv.addSchema(schema('cyclonedx-jsf-0.82.schema.json'));
  return ajv.compile(schema('cyclonedx-1.6.schema.json'));
}

function schema(file: string): AnySchema {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as AnySchema;
}
