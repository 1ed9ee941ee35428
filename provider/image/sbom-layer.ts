import type { Store } from '../store/store.js';
import { imageError } from './image-error.js';
import { generatedLayer } from './layer.js';
import type { BuiltLayer, DescribedImage, ImageRecipe } from './recipe.js';
import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

/**
 * The layer with the image's own bill of materials and nothing else: it is another one after each update of a package and in each image,
 * and must not take with it what stays the same. Undefined when the recipe wants none. Throws `image/bad-configuration` when the place
 * is taken.
 */
export async function sbomLayer(
  store: Store,
  root: RootFileSystem,
  recipe: ImageRecipe,
  described: DescribedImage,
): Promise<BuiltLayer | undefined> {
  if (recipe.sbom === undefined) return undefined;
  const { path, text } = await recipe.sbom(described);
  const place = path.replace(/^\/+/u, '');
  if (root.entry(place) !== undefined) {
    throw imageError(
      'image/bad-configuration',
      `${path} is where the image's own SBOM lies, and something else is there`,
      {
        hint: 'Give the file another name: it comes from a file bundle, a package or the starter.',
        data: { path },
      },
    );
  }
  root.writeFile(place, text, rootFile);
  return { ...(await generatedLayer(store, root.takeWritten())), title: 'SBOM' };
}
