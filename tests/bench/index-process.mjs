// @ts-check
/** A process that is measured: reads one index from a store and solves requests in it. Its argument is an `IndexJob` as JSON. */
import { startMarks } from './marks.mjs';

/**
 * @typedef {object} IndexJob
 * @property {string} store the store's folder
 * @property {string} url the archive's address
 * @property {string} suite
 * @property {string} keyrings the folder of the armoured keys
 * @property {boolean} offline nothing but the store may be used
 * @property {boolean} checkValidUntil
 * @property {number} threads worker threads; 0 for none
 * @property {readonly (readonly string[])[]} requests solved one after the other
 */

const marks = startMarks();
const job = /** @type {IndexJob} */ (JSON.parse(process.argv[2] ?? ''));
const { readFileSync, readdirSync } = await import('node:fs');
const { join } = await import('node:path');
const core = '../../dist/provider/';

/** @type {typeof import('../../provider/packages/deb/repository.js')} */
const { openDebRepository } = await import(`${core}packages/deb/repository.js`);
/** @type {typeof import('../../provider/packages/deb/universe.js')} */
const { debUniverse } = await import(`${core}packages/deb/universe.js`);
/** @type {typeof import('../../provider/resolver/resolve.js')} */
const { resolve } = await import(`${core}resolver/resolve.js`);
/** @type {typeof import('../../provider/store/open-store.js')} */
const { openStore } = await import(`${core}store/open-store.js`);
/** @type {typeof import('../../provider/support/http-client.js')} */
const { createHttpClient } = await import(`${core}support/http-client.js`);
/** @type {typeof import('../../provider/support/worker-tasks.js')} */
const { createWorkerTasks } = await import(`${core}support/worker-tasks.js`);
marks.set('modules loaded');

const tasks = createWorkerTasks(job.threads);
const http = createHttpClient({ environment: process.env });
const context = { http, tasks, store: openStore(job.store), clock: () => new Date(), report: () => undefined };
const index = await marks.time('release verified and index ready', async () => {
  const keyring = readdirSync(job.keyrings).map((name) => readFileSync(join(job.keyrings, name), 'utf8'));
  const { url, suite, offline, checkValidUntil } = job;
  const options = { url, suite, components: ['main'], keyring, offline, checkValidUntil };
  const repository = await openDebRepository(context, options);
  return repository.index('amd64');
});
/** @type {Record<string, string>} */
const facts = {};
for (const requests of job.requests) {
  const title = requests.join(' ');
  const solve = () => resolve(debUniverse(index, { architecture: 'amd64' }), requests);
  const answer = await marks.time(`solve ${title}`, solve);
  if (answer.solved) facts[title] = `${answer.packages.length} packages`;
  else facts[title] = answer.conflict.text;
  await marks.time(`solve ${title}, again`, solve);
}
await Promise.all([tasks.close(), http.close()]);
process.stdout.write(`${JSON.stringify({ marks: marks.marks, facts })}\n`);
