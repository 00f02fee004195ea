// Package syntax reads what rules of Sigma are written in: documents, log sources, names
// of fields with their modifiers, patterns of values, and conditions.
//
// A file is split into documents that are read one by one, so that one which is no YAML
// leaves the others alone. What is wrong is filed in Faults with file, line and what was
// expected. A table says which log of ours a log source means and what its fields are
// called here; the names of Zeek are ours. A condition becomes a tree over names of
// selections, a value a pattern that is ready to be compared.
//
// It refuses to compile: which rules there are, what a selection looks at and how records
// are compared is the business of the package above. It knows no record and no column,
// follows no merge key (<<) of YAML, and does not read the pipes of old conditions. It
// guesses nothing: a name that nobody knows is a fault, with the one that is near.
//
// Memory: a file has at most 1 MiB, a document 50,000 values 24 deep, a condition 2,000
// words, a value 256 spellings. Results belong to the caller; a Glob never changes and may
// be shared. Comparing allocates nothing.
//
// Standard: Sigma Specification 2.1.0 (Rules Specification; Modifiers and Taxonomy
// Appendix), YAML 1.2.2.
package syntax
