// Package sigma reads rules of Sigma and looks for them in records.
//
// A Set is compiled once, of texts and of the schemas of all logs: every document is
// read, every fault is told with file, line and what was expected, and a bad rule
// leaves the others alone. An Engine takes records one after the other and reports
// hits. A rule says logsource and fields; a table (syntax) says which log that is here
// and what its fields are called, the rest are Zeek's names, which are ours.
//
// It refuses to let a rule die in silence. What no log here can tell is listed with its
// reason (Set.Idle): a log source of another kind, or a field that is not seen on the
// wire and without which the condition cannot be decided. A rule that is decided by its
// other branches runs, and the field is told (Set.Notes). A field that nobody knows is a
// fault. Readings that go beyond the letter of a rule are notes too: a share's name holds
// no *, so that \* in the path of a share is the wild card that was meant.
//
// What is absent never matches, but for null and exists: false; neq wants a field that is
// there. Text is compared without case, by Unicode. A keyword is looked for in each field.
// Regular expressions are RE2: no look-around, no references back, no runaway. Windows of
// correlations slide over the time of records, which are only roughly in order; conditions
// that can only be judged at the end of a window (less than, equal, average, percentile)
// use windows that are aligned to the clock of the records. A rule that a correlation
// refers to reports nothing of its own unless the correlation says generate: true.
//
// Memory: a Set never changes and may be shared. An Engine belongs to one goroutine, reads
// each column of a record at most once, allocates nothing when nothing matches, and keeps
// no record but short strings; groups and events of correlations are bounded by Config,
// and what is shed is counted.
//
// Standard: Sigma Specification 2.1.0 (rules, modifiers, correlations, filters, taxonomy).
package sigma
