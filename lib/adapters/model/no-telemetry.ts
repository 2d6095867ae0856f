/**
 * onnxruntime-node sends usage data to its publisher unless this variable is set in the main thread
 * before the first session: native code reads the process environment, and a worker thread only has
 * a copy of it. Import this module before onnxruntime-node, and in every module that starts a
 * thread which loads it.
 */
process.env.ORT_DISABLE_TELEMETRY = "1";
