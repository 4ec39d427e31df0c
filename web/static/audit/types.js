/**
 * The shapes of the audit's part of the HTTP contract. Types only: nothing here runs.
 *
 * @typedef {import("../types.js").Person} Person
 * @typedef {import("../types.js").Approval} Approval
 * @typedef {import("../types.js").Source} Source
 *
 * @typedef {object} AuditedRun
 * @property {string} run_id
 * @property {string} thread_id
 * @property {Person} person
 * @property {string | null} branch
 * @property {string} status
 * @property {string | null} code  why it was not answered
 * @property {boolean} acted  something was done in the bank's systems
 * @property {string | null} question  null where the words can't be read
 * @property {"readable" | "erased" | "altered"} texts
 * @property {string} created_at
 * @property {string | null} finished_at
 * @property {string[]} tools
 * @property {string[]} documents  titles
 * @property {{id: string, tool: string, state: string, signers: Person[]} | null} approval
 *
 * @typedef {{stream: string, seq: number, hash: string, intact: boolean}} RecordName
 *
 * @typedef {object} Step  `title` says what happened, `text` more of it, `detail` what was used for it; all in the service's words
 * @property {string} at
 * @property {string} kind
 * @property {string} title
 * @property {string | null} text
 * @property {string | null} detail
 * @property {Person | null} actor
 * @property {RecordName | null} record
 * @property {Record<string, any>} [data]
 *
 * @typedef {{label: string, before: string | null, after: string | null}} Change
 * @typedef {Approval & {changes: Change[], decided_after_s: number | null}} AuditedApproval
 * @typedef {Source & {text: string | null, cited: boolean, as_it_was?: boolean, result?: any}} Evidence  a passage or a tool's reply, as it was
 *
 * @typedef {{text: string, citations: number[], quote: boolean}} ToldClaim
 *
 * @typedef {object} RunStory
 * @property {AuditedRun & {answer: {text: string, claims: ToldClaim[]} | null, reason: string | null, as_of: string, mode: string}} run
 * @property {Record<string, any>} versions
 * @property {Record<string, any> | null} usage
 * @property {Step[]} steps
 * @property {Evidence[]} evidence
 * @property {AuditedApproval[]} approvals
 * @property {string[]} path
 *
 * @typedef {object} UnansweredTopic  questions about the same that had no answer
 * @property {string[]} terms  words that they share
 * @property {number} runs
 * @property {number} people
 * @property {string} first_at
 * @property {string} last_at
 * @property {{code: string, reason: string, count: number}[]} codes
 * @property {{document: string, title: string, library: string, count: number}[]} documents  the nearest
 * @property {{run_id: string, question: string, code: string, created_at: string}[]} examples
 *
 * @typedef {{stream: string, seq: number | null, reason: string}} Fault
 *
 * @typedef {object} Integrity
 * @property {number} records
 * @property {number} sealed_size
 * @property {string | null} sealed_at
 * @property {number} cosigned_size
 * @property {string | null} cosigned_at
 * @property {string | null} witness
 * @property {number | null} window_s
 * @property {number} waiting  records that are not sealed yet
 * @property {string | null} witness_trouble
 * @property {string | null} walked_at  when all records were last gone through
 * @property {Fault[]} faults
 * @property {boolean} ok
 *
 * @typedef {{ok: boolean, streams: number, records: number, sealed_size: number, cosigned_size: number, took_s: number, faults: Fault[]}} Verification
 *
 * @typedef {{where: string, recorded: any, replayed: any}} Difference
 * @typedef {{identical: boolean, events: number, records: number, differences: Difference[]}} ReplayVerdict
 */
export {};
