// Asking the endpoint, and what came back.
import { gettext, retold, setup } from "./words.js";

const KIND = "urn:cgkg:problem:";

/**
 * What the endpoint refused to answer, and where in the query the reason is.
 *
 * `title` says what kind of error it is, `foreign` whether the rest is in the source's language.
 */
export class QueryError extends Error {
  constructor(problem) {
    const { detail, hint, line, column, limit, said = {} } = problem;
    // Where it is stands apart.
    const told = line && said.detail?.values.what?.message ? said.detail.values.what : said.detail;
    super(told ? retold(told) : (detail || problem.title).replace(/^line \d+(, column \d+)?: /, ""));
    const code = (problem.type ?? "").replace(KIND, "");
    const title = setup.kinds?.[`${code}/${limit}`] ?? setup.kinds?.[code] ?? problem.title;
    Object.assign(this, { title, line, column, foreign: !told, hint: said.hint ? retold(said.hint) : hint });
  }
}

/** The parameters of a question as the endpoint takes them. */
export function parameters(question, more = {}) {
  const found = new URLSearchParams({ query: question.query, ...more });
  if (!question.reasoning) found.set("reasoning", "off");
  return found;
}

/**
 * Ask, and read the whole answer.
 *
 * @param {{endpoint: string, formats: object[]}} setup what the page says
 * @returns {Promise<object>} kind (bindings, boolean, graph), text, variables and rows of terms as
 *   in SPARQL JSON results, evidence if it was asked for, and what the headers say.
 * @throws {QueryError} the endpoint answers with a problem.
 */
export async function ask({ endpoint, formats }, question, { evidence = false, signal } = {}) {
  const [solutions, triples] = ["json", "nt"].map((key) => formats.find((each) => each.key === key).type);
  const started = performance.now();
  const response = await reached(endpoint, {
    method: "POST",
    body: parameters(question, evidence ? { evidence: "true" } : {}),
    headers: { Accept: `${solutions}, ${triples};q=0.9` },
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new QueryError(problem(response, text));
  const type = response.headers.get("Content-Type") ?? "";
  const answer = type.startsWith(triples) ? await statements(text) : results(JSON.parse(text));
  return { ...answer, text, question, ...told(response.headers, performance.now() - started) };
}

/** The response; that there is none is said in the page's language. */
async function reached(endpoint, options) {
  try {
    return await fetch(endpoint, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const message = gettext("The server cannot be reached. Is there a network? Try again in a moment.");
    throw Object.assign(new Error(message), { title: gettext("No answer") });
  }
}

function problem(response, text) {
  try {
    return JSON.parse(text);
  } catch {
    // Something between this page and the endpoint waited no longer.
    if ([408, 504].includes(response.status)) return { type: `${KIND}query-limit`, limit: "time", title: "", detail: "" };
    return { title: `${response.status} ${response.statusText}`, detail: text.slice(0, 500) };
  }
}

function told(headers, elapsed) {
  const timing = headers.get("Server-Timing")?.match(/(?:^|,)\s*query\s*;[^,]*?dur=([\d.]+)/);
  return {
    generation: headers.get("X-Cgkg-Generation"),
    milliseconds: timing ? Number(timing[1]) : undefined,
    told: headers.get("X-Cgkg-Rows"),
    unmatched: JSON.parse(headers.get("X-Cgkg-Unmatched") ?? "[]"),
    elapsed,
  };
}

function results(content) {
  if ("boolean" in content) return { kind: "boolean", boolean: content.boolean, variables: [], rows: [] };
  const { bindings } = content.results;
  return { kind: "bindings", variables: content.head.vars, rows: bindings, evidence: content.evidence };
}

/** N-Triples as rows of three terms, so that a graph can be shown as a table too. */
async function statements(text) {
  const { default: Parser } = await import("n3/src/N3Parser.js");
  const rows = new Parser({ format: "N-Triples", blankNodePrefix: "" }).parse(text).map((quad) => ({
    subject: term(quad.subject),
    predicate: term(quad.predicate),
    object: term(quad.object),
  }));
  return { kind: "graph", variables: ["subject", "predicate", "object"], rows };
}

function term(found) {
  if (found.termType === "NamedNode") return { type: "uri", value: found.value };
  if (found.termType === "BlankNode") return { type: "bnode", value: found.value };
  if (found.language) return { type: "literal", value: found.value, "xml:lang": found.language };
  return { type: "literal", value: found.value, datatype: found.datatype?.value };
}
