/** Calls to the service. Every failure is a `Problem` with words that can be shown. */

const base = "/v1";
const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") || "";

export class Problem extends Error {
  /** @param {import("./types.js").ProblemDocument} document @param {number} [retryAfter]  seconds */
  constructor(document, retryAfter) {
    super(document.detail || document.title);
    this.document = document;
    this.status = document.status;
    this.code = document.code;
    this.retryAfter = retryAfter;
  }

  get signedOut() {
    return this.status === 401;
  }
  get gone() {
    return this.status === 404;
  }
  /** Whether the same request may succeed a little later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

const unreachable = {
  status: 0,
  code: "unreachable",
  title: "The service can’t be reached",
  detail: "Check the connection, then try again.",
};

/** @param {Response} response @returns {Promise<Problem>} */
async function problemOf(response) {
  const after = Number(response.headers.get("Retry-After")) || undefined;
  const request_id = response.headers.get("X-Request-ID") || undefined;
  const plain = { status: response.status, code: "http", title: `The service answered with error ${response.status}`, request_id };
  const isJson = (response.headers.get("Content-Type") || "").includes("json");
  const body = isJson ? await response.json().catch(() => ({})) : {};
  return new Problem({ ...plain, ...body, status: response.status }, after);
}

/**
 * @param {string} path  below /v1
 * @param {RequestInit & {idempotencyKey?: string}} [options]
 * @returns {Promise<Response>} a successful one
 */
export async function send(path, { idempotencyKey, ...options } = {}) {
  const headers = new Headers(options.headers);
  if (options.method && options.method !== "GET") headers.set("X-CSRF-Token", csrf);
  if (idempotencyKey) headers.set("Idempotency-Key", idempotencyKey);
  let response;
  try {
    response = await fetch(base + path, { credentials: "same-origin", cache: "no-store", ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(unreachable);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.signedOut) document.dispatchEvent(new CustomEvent("signed-out"));
  throw problem;
}

/** @param {string} path @returns {Promise<any>} */
export const get = async (path) => (await send(path)).json();

/** @param {string} path @param {object} [body] @returns {Promise<any>} null where the reply has no body */
export async function post(path, body) {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await send(path, { method: "POST", idempotencyKey: newKey(), ...json });
  return (response.headers.get("Content-Type") || "").includes("json") ? response.json() : null;
}

/** All items of a paged list, up to `most`. @param {string} path @param {number} [most] @param {Record<string, string>} [filter] @returns {Promise<any[]>} */
export async function all(path, most = 1000, filter = {}) {
  const items = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ ...filter, limit: "100", ...(cursor ? { cursor } : {}) });
    const page = await get(`${path}?${query}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

export const newKey = () => crypto.randomUUID();

/** @param {unknown} error @returns {Problem} for showing; what is no Problem is a fault of the page and goes on */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}
