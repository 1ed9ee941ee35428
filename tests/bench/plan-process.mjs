// @ts-check
/** A process that is measured: plans an image of every maintained line of a starter. Arguments: starter, then packages. */
import { homedir } from 'node:os';
import { startMarks } from './marks.mjs';

const marks = startMarks();
const [starter = '', ...packages] = process.argv.slice(2);
const core = '../../dist/provider/';
/** @type {typeof import('../../provider/creator/open-creator.js')} */
const { openCreator } = await import(`${core}creator/open-creator.js`);
/** @type {typeof import('../../provider/creator/plan-image.js')} */
const { planImage } = await import(`${core}creator/plan-image.js`);
/** @type {typeof import('../../provider/resources/configuration.js')} */
const { readConfiguration } = await import(`${core}resources/configuration.js`);
marks.set('modules loaded');

const environment = process.env;
const settings = readConfiguration({ environment, workingDirectory: process.cwd(), home: homedir() });
const creator = openCreator(settings, { environment, clock: () => new Date(), report: () => undefined });
await marks.time('catalog read', () => creator.catalog());
const request = {
  starter,
  name: 'bench',
  description: undefined,
  packages,
  environment: {},
  fileBundles: [],
  setuidPrograms: [],
};
const plan = () => planImage(creator, { ...request, lines: undefined, architectures: undefined });
const planned = await marks.time('plan', plan);
await marks.time('plan, again in the same process', plan);
await creator.close();
const lines = planned.plan.lines.map((line) => `${line.line} ${line.status}`).join(', ');
process.stdout.write(`${JSON.stringify({ marks: marks.marks, facts: { [starter]: lines } })}\n`);
