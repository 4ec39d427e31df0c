/**
 * The shapes of the HTTP contract that the pages read. Types only: nothing here runs.
 *
 * @typedef {object} ProblemDocument
 * @property {number} status
 * @property {string} code
 * @property {string} title
 * @property {string} [detail]
 * @property {string} [request_id]
 * @property {{field: string, problem: string}[]} [fields]  with 422: what is not valid, such as `body.args.amount`
 *
 * @typedef {object} Source  one passage of a run's evidence, or what a tool returned (which has `kind`, `call_id`, `tool` and `summary`)
 * @property {number} ref
 * @property {"passage" | "tool_result"} [kind]
 * @property {string} [call_id]
 * @property {string} [tool]
 * @property {string} [summary]
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
 * @property {"instructions"} [warning]  part of the passage reads like an order to the assistant; absent where nothing does
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
 * @property {Reference[]} references
 *
 * @typedef {object} Reference  where a passage points to
 * @property {string} text
 * @property {string} chunk_id
 * @property {string} edition_id
 * @property {string[]} section
 * @property {string} document
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
 * @typedef {{id: string, status: string, question: string, as_of: string, libraries?: string[] | null, outcome?: Outcome | null, feedback?: {rating: string} | null, superseded?: any[], mode?: string, corrections?: {field: string, text: string}[]}} PastRun
 * @typedef {{id: string, title: string, created_at: string, updated_at?: string}} Thread
 * @typedef {{seq: number | null, event: string, data: any}} RunEvent
 * @typedef {{question: string, asOf: string | null, libraries: string[] | null, mode?: string}} Question
 * @typedef {[number, number]} Range  characters (code points) of a passage's text
 *
 * @typedef {"user" | "result" | "editor" | "default" | "text" | "unknown"} Origin
 * @typedef {{name: string, label: string, text: string, origin: Origin, origin_text: string, value?: any, sensitive?: boolean}} Argument
 * @typedef {{call_id: string, tool: string, title: string, effect: "read" | "write", arguments: Argument[]}} ProposedCall
 *
 * @typedef {object} Proposal  data of the event `approval.required`
 * @property {string} approval_id
 * @property {string} call_id
 * @property {string} title
 * @property {string} summary
 * @property {Argument[]} arguments
 * @property {"self" | "other" | "two"} signature
 * @property {string} reason
 * @property {string} digest
 * @property {string} expires_at
 *
 * @typedef {object} Decided  data of the event `approval.decided`
 * @property {string} approval_id
 * @property {"approve" | "reject" | "edit" | "expire" | "withdraw" | "void"} decision
 * @property {string} decided_by
 * @property {string} decided_by_name
 * @property {boolean} done
 * @property {string | null} [reason]
 * @property {string} at
 *
 * @typedef {{person: string, name: string}} Person
 * @typedef {Person & {decision: "approve" | "reject" | "edit", at: string, reason: string | null}} Mark  what one person decided
 * @typedef {"pending" | "approved" | "executed" | "rejected" | "edited" | "expired" | "withdrawn" | "voided" | "failed"} ApprovalStatus
 * @typedef {{label: string, now: string, after: string | null}} Fact  a line of the bank's record, and what it will say afterwards
 *
 * @typedef {object} Approval
 * @property {string} id
 * @property {string} run_id
 * @property {string | null} thread_id  null for who did not ask
 * @property {string} tool
 * @property {string} title
 * @property {string} system
 * @property {string} summary
 * @property {Record<string, any>} args
 * @property {Argument[]} arguments
 * @property {any} schema  JSON Schema of the arguments
 * @property {"self" | "other" | "two"} signature
 * @property {number} needed
 * @property {Mark[]} signatures
 * @property {ApprovalStatus} status
 * @property {string} reason  why it was paused
 * @property {string} digest
 * @property {string} catalogue_version
 * @property {Person[]} makers
 * @property {string | null} branch
 * @property {string} request  the maker's own words
 * @property {string} created_at
 * @property {string} expires_at
 * @property {string | null} closed_at
 * @property {string | null} follows
 * @property {string | null} followed_by
 * @property {{approve: boolean, edit: boolean, reject: boolean, withdraw: boolean, why: string | null}} may
 * @property {string | null} result
 * @property {{read_at: string, lines: Fact[], problem: string | null} | null} [facts]  with one approval only
 *
 * @typedef {object} StopOrder  what is stopped, and who has signed for its restart
 * @property {string} id
 * @property {string} scope  all, writes or tool:NAME
 * @property {"active" | "lifted"} state
 * @property {Person} stopped_by
 * @property {string} reason
 * @property {string} stopped_at
 * @property {(Person & {at: string})[]} restarts
 */
export {};
