/**
 * What is used of the optional package. A file of its own: dynamically imported, the package itself
 * would lose its names when esbuild bundles it.
 */
export {
  CreateIndexCommand,
  CreateVectorBucketCommand,
  DeleteVectorsCommand,
  GetVectorBucketCommand,
  PutVectorsCommand,
  QueryVectorsCommand,
  S3VectorsClient,
} from "@aws-sdk/client-s3vectors";
