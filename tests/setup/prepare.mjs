// @ts-check
/** Installs the dependencies and compiles, where that is needed. */
import { setUp } from './install.mjs';

await setUp();
