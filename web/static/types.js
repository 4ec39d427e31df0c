/**
 * The shapes of the HTTP contract that the pages read. Types only: nothing here runs.
 *
 * @typedef {{status: number, code: string, title: string, detail?: string, request_id?: string}} ProblemDocument
 *
 * @typedef {object} Source  one passage of a run's evidence
 * @property {number} ref
 * @property {string} chunk_id
 * @property {string} edition_id
 * @property {string} document
 * @property {string} title
 * @property {string} version
 * @property {string} library
 * @property {string[]} section
 * @property {number | null} [page]
 * @property {string} effective_from
 * @property {string | null} [effective_to]
 *
 * @typedef {{index: number, text: string, citations: number[], quote: boolean}} Claim
 *
 * @typedef {object} Box  one line of a passage on its page: PDF points from the top left; [start, end) in the passage's text
 * @property {number} page
 * @property {number} x0
 * @property {number} y0
 * @property {number} x1
 * @property {number} y1
 * @property {number} start
 * @property {number} end
 *
 * @typedef {object} Chunk
 * @property {string} id
 * @property {string} edition_id
 * @property {string} document
 * @property {string} title
 * @property {string} version
 * @property {string} library
 * @property {string[]} section
 * @property {number | null} page
 * @property {number | null} page_end
 * @property {number | null} pages
 * @property {number} [page_width]  PDF points
 * @property {number} [page_height]
 * @property {Box[]} boxes
 * @property {string} text
 * @property {string} effective_from
 * @property {string | null} effective_to
 * @property {string} media_type
 *
 * @typedef {object} Edition
 * @property {string} id
 * @property {string} version
 * @property {string} effective_from
 * @property {string | null} effective_to
 * @property {"parsing" | "draft" | "published" | "withdrawn" | "failed"} state
 * @property {number | null} pages
 * @property {boolean} in_force
 *
 * @typedef {{id: string, key: string, title: string, library: string, audience: string[], editions: Edition[]}} LibraryDocument
 *
 * @typedef {{event: string, data: any}} Outcome
 * @typedef {{id: string, status: string, question: string, as_of: string, libraries?: string[] | null, outcome?: Outcome | null, feedback?: {rating: string} | null}} PastRun
 * @typedef {{id: string, title: string, created_at: string, updated_at?: string}} Thread
 * @typedef {{seq: number | null, event: string, data: any}} RunEvent
 * @typedef {{question: string, asOf: string | null, libraries: string[] | null}} Question
 * @typedef {[number, number]} Range  characters (code points) of a passage's text
 */
export {};
