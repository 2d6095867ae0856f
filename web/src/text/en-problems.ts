/** Problems that need a title or a next step that differs from what the server says. */
export const enProblems = {
  "problem.more": "What this means and what to do",
  "problem.other": "The request failed",
  "problem.unreachable": "The server can't be reached",
  "problem.unreachable.do": "Check that it is running and that you are connected, then try again.",
  "problem.console": "Something went wrong in this page",
  "problem.unauthorized": "The server doesn't accept this key",
  "problem.unauthorized.do": "Check that you copied the whole key, and that it wasn't revoked.",
  "problem.insufficient-scope": "This key may not do that",
  "problem.insufficient-scope.do": "Sign in with a key that has this scope, or create one on the page Keys.",
} as const;
