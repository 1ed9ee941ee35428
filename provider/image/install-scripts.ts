import type { LaidPackage } from './lay-packages.js';
import type { ImageRecipe } from './recipe.js';

/** placeholder */
export function undeclaredScripts(recipe: ImageRecipe, laid: readonly LaidPackage[]): readonly string[] {
  return recipe.packages.length < laid.length ? ['?'] : [];
}
