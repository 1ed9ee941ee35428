export { type BundleCertificate, type BundleContent, FileBundle, type FileBundleArgs } from './file-bundle.js';
export {
  type Architecture,
  type EnvironmentVariable,
  type ImageLine,
  type ImagePlan,
  type ImageStatus,
  type PlannedImageLine,
  PrivateImage,
  type PrivateImageArgs,
} from './private-image.js';
export {
  type FoundPackage,
  getPlan,
  getStarter,
  getStarters,
  getStarterSbom,
  searchPackages,
  type Starter,
  type StarterLine,
} from './functions.js';
