/** A function's URL names a host of AWS; with another endpoint (an emulator's) it is a path there. The empty one, of no function, stays empty. */
export function reachable(functionUrl: string, endpoint = process.env.AWS_ENDPOINT_URL): string {
  if (functionUrl === '' || !endpoint) return functionUrl;
  return `${endpoint}/_aws/lambda-url/${new URL(functionUrl).hostname.split('.')[0]}/`;
}
