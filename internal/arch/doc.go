// Package arch holds the rules of the house as tests.
//
// The table Floors says which package stands on which floor and what it is for. A
// package imports lower floors only; members of a family never see each other;
// the floors of the packet path open no connection and read no clock. The tests
// read the sources with go/parser, in this process: a test that asked the go tool
// could be served a stale answer from its cache. ARCHITECTURE.md carries the table
// as these tests print it.
//
// The package is imported by nothing and owns nothing.
package arch

// Floor is one storey of the house, from the ground up.
type Floor struct {
	Number int
	Name   string
	Rooms  []Room
}

// Room is a package, or a family of packages when Path ends in "/*": its members
// do not import each other.
type Room struct {
	Path string // under lazaret/
	Line string // what it is, in one line
}

// Floors is the house.
var Floors = []Floor{
	{0, "kit", []Room{
		{"internal/wire", "bounded, sticky, copy-free byte reader"},
		{"internal/der", "elements of ASN.1, one after the other"},
		{"internal/netid", "MAC, IP, endpoint, flow key, community id"},
		{"internal/wheel", "timers on packet time"},
		{"internal/lru", "bounded table that knows the order of its entries"},
		{"internal/charset", "text of DICOM values, by their character sets"},
		{"internal/magic", "kind of a file by its first bytes"},
		{"internal/rest", "words of web services: targets, media types, multipart, JSON"},
		{"internal/mime", "parts of mail and their encodings, piece by piece"},
		{"internal/vendordb", "embedded tables of makers, UIDs, clients"},
		{"internal/rpcdb", "embedded tables of remote procedures: interfaces, operations, return values"},
		{"internal/ntstatus", "embedded table of the outcomes of Windows"},
		{"internal/smb1", "messages of SMB1: chains of commands, transactions, remote administration"},
		{"internal/smb1/smb1test", "bytes of SMB, for tests"},
		{"internal/cmdline", "what may be told of paths and command lines"},
		{"internal/ndr", "parameters of remote procedures, NDR and NDR64"},
		{"internal/wmio", "objects of WMI as they go over the wire"},
		{"internal/tlshello", "hellos of TLS: their fields, names and prints"},
		{"internal/pe", "facts of Windows programs, import hash, section hashes"},
		{"internal/pe/petest", "inert programs of padding, for tests"},
		{"internal/inflate", "gzip, zlib and deflate undone as they come, piece by piece"},
		{"internal/sketch", "how many different things, in little memory, with a known error"},
		{"internal/fuzzy", "TLSH: a hash that is alike for files that are alike"},
		{"internal/kinship", "families of files that differ by a run of bytes"},
	}},
	{1, "words", []Room{
		{"internal/event", "record, schema, privacy class"},
		{"internal/dataset", "DICOM data sets and file heads, piece by piece"},
	}},
	{2, "packets", []Room{
		{"internal/capture", "capture files as one timeline of frames"},
		{"internal/decode", "frames to packets: links, tunnels, fragments"},
	}},
	{3, "flows", []Room{{"internal/flow", "who talks to whom: table, state, counters, expiry"}}},
	{4, "streams", []Room{{"internal/stream", "TCP in order, gaps, skip-ahead, one budget"}}},
	{5, "protocols", []Room{
		{"internal/proto", "the contract; knows no protocol"},
		{"internal/proto/*", "one folder per protocol"},
		{"internal/share", "what is open on file servers: sessions, shares, handles, and what was done"},
		{"internal/prototest", "what the tests of all protocols share"},
		{"internal/protocols", "the generated list of protocols"},
		{"internal/sensor", "frame to record: shards, dispatch, merge"},
	}},
	{6, "meaning", []Room{
		{"internal/inventory", "device identity and role from evidence"},
		{"internal/inventory/clues", "what records may say of a device, and in which words"},
		{"internal/inventory/clues/*", "readers of records: clinical, network, services"},
		{"internal/inventory/clues/cluestest", "what the tests of all readers share"},
		{"internal/inventory/evidence", "every record to its reader"},
		{"internal/inventory/roles", "what a machine is for, by what it does"},
		{"internal/inventory/system", "operating system from statements, and its support"},
		{"internal/inventory/risk", "what each trait costs, and why"},
		{"internal/inventory/identity", "the same machine elsewhere, several behind one address"},
		{"internal/inventory/usage", "how much a scanner is used"},
		{"internal/inventory/known", "asset lists of others, and how they differ from what was seen"},
		{"internal/sessions", "who opened a desktop, a shell or a command on whom, and how it ended"},
		{"internal/baseline", "who normally speaks what to whom: learned, frozen, explained"},
		{"internal/trace", "who infected whom, from timed and graded contacts"},
		{"internal/contacts", "who reached whom over roads that a program can travel, rolled up for years"},
		{"internal/partners", "who is outside and has to do with the site, and what they had to do with whom"},
		{"internal/exposure", "which patients, studies, messages, queries and files each device had, and when"},
		{"internal/incident", "findings joined to stories: who infected whom, where it came in"},
		{"internal/ledger", "incidents from one run to the next: ids, states, what happened, what people said"},
		{"internal/spread", "figures of an incident as of a disease: attack rate, generation, reproduction"},
		{"internal/detect", "the contract of detections: rules, hits, findings"},
		{"internal/indicator", "by what an intruder is found elsewhere, from findings"},
		{"internal/detect/yara", "rules of YARA on what files hold"},
		{"internal/detect/yara/lex", "words of YARA's rule files"},
		{"internal/detect/yara/pattern", "strings of YARA rules: text, bytes and expressions, found in one pass"},
		{"internal/detect/yara/operator", "YARA's operators on integers, floats and texts"},
		{"internal/detect/yara/measure", "statistics of bytes, as YARA takes them"},
		{"internal/detect/sigma", "rules of Sigma on records"},
		{"internal/detect/sigma/syntax", "what rules of Sigma are written in: documents, log sources, modifiers, patterns, conditions"},
		{"internal/detect/intel", "indicators: addresses, names, hashes, prints"},
		{"internal/detect/intel/pattern", "patterns of STIX, as far as one record decides them"},
		{"internal/detect/where", "places in files of TOML, for telling what is wrong"},
		{"internal/detect/allow", "what is expected of whom, by which means, and when"},
		{"internal/detect/recent", "the memory of behaviours: what was seen not long ago"},
		{"internal/detect/cases", "what rules of others are tested with: files of cases"},
		{"internal/detect/ruletest", "what the tests of all behaviours share"},
		{"internal/detect/rules", "all behaviours"},
		{"internal/detect/rules/*", "behaviours, one file each, by family"},
	}},
	{9, "faces", []Room{
		{"internal/report", "the inventory as page, tables, bundle and bill of materials"},
		{"internal/report/attack", "techniques and tactics of ATT&CK by their names"},
		{"internal/report/stix", "incidents as a bundle of STIX 2.1"},
		{"internal/report/stix/stixtest", "bundles held against the text of STIX, for tests"},
		{"internal/report/terminal", "a document for people at a terminal"},
		{"internal/report/casebook", "the case of an incident as a page and for a ticket: timeline, tree, proof"},
		{"internal/report/alerts", "findings in the forms of other systems"},
		{"internal/bundle", "evidence put together in a chain of hashes"},
		{"internal/mask", "the packets of chosen conversations, patient data overwritten in place"},
		{"internal/extract", "the content of files that moved, written into a folder"},
		{"internal/report/collector", "findings sent by syslog: the one thing that opens a connection"},
	}},
	{10, "wiring", []Room{{"internal/reading", "one pass over captures: configuration, engines, what came of it"}}},
	{11, "app", []Room{
		{"internal/app", "sub-commands"},
		{"cmd/lazaret", "picks the sub-command"},
	}},
}
