/** `s3://BUCKET/`, with or without a folder. */
const S3 = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/([^\x00-\x1f*?]*\/)?$/;
const FILE = /^file:\/\/\/[^\x00-\x1f?#]+\/$/;

/** Whether a text is a prefix of objects: `s3://BUCKET/FOLDER/`. */
export const isS3Prefix = (text: string): boolean => S3.test(text);

/** Whether a text is a prefix of URIs: that of objects, or `file:///FOLDER/`. */
export const isUriPrefix = (text: string): boolean => isS3Prefix(text) || FILE.test(text);
