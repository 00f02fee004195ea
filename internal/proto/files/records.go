package files

import (
	"lazaret/internal/event"
	"lazaret/internal/kinship"
	"lazaret/internal/pe"
)

// Record is one file that moved, in the words of Zeek's files log and some more.
type Record struct {
	FUID        string         `log:"fuid,always" doc:"Identity of the file in these logs"`
	Source      string         `log:"source,always" doc:"What carried it: SMB, HTTP, FTP_DATA, TFTP, SMTP"`
	Depth       int            `log:"depth,always" doc:"How many files it lay within"`
	Analyzers   []string       `log:"analyzers" doc:"What looked at it: MD5 and SHA256 if all bytes were seen, PE"`
	MIME        string         `log:"mime_type" doc:"Media type by its first bytes"`
	Declared    string         `log:"declared_type" doc:"Media type as its sender declared it"`
	Filename    string         `log:"filename" doc:"Name or path; parts that may name a person are keyed marks" class:"pseudo"`
	Duration    event.Interval `log:"duration,always" doc:"From the first to the last byte"`
	IsOrig      event.Bool     `log:"is_orig" doc:"The originator of the conversation sent it"`
	Seen        uint64         `log:"seen_bytes,always" doc:"Different bytes that were seen"`
	Total       event.Count    `log:"total_bytes" doc:"Size of the whole file, if known"`
	Missing     uint64         `log:"missing_bytes,always" doc:"Bytes that were not seen, up to the last that was seen or lost"`
	Overflow    uint64         `log:"overflow_bytes,always" doc:"Bytes that found no room to be put in order; they are seen, but not hashed as a whole"`
	TimedOut    bool           `log:"timedout,always" doc:"More pieces were waited for in vain"`
	GivenUp     bool           `log:"given_up" doc:"Told before its end for want of room"`
	Refused     uint64         `log:"refused_bytes" doc:"Bytes that the receiver did not take"`
	Rewritten   bool           `log:"rewritten" doc:"Bytes were written again with others, of which the newest count; without a hash if not all was kept"`
	MD5         string         `log:"md5" doc:"MD5 of the whole"`
	SHA256      string         `log:"sha256" doc:"SHA-256 of the whole"`
	Gaps        []string       `log:"gaps" doc:"Ranges of the file that were not seen, whether or not they moved, offset-last, at most 64"`
	Pieces      []string       `log:"pieces" doc:"Of a file not seen whole: offset-last:SHA-256 of what came before the first hole and of each aligned 64 KiB seen, at most 256"`
	User        string         `log:"user" doc:"Account that moved it" class:"person"`
	UIDs        []string       `log:"uids" doc:"Further conversations that brought pieces, at most 8"`
	Runs        bool           `log:"executable" doc:"A program or script, by its content"`
	Preamble    string         `log:"preamble" doc:"Of a DICOM file: what its first 128 bytes are, if not zero (PS3.10 7.1)"`
	Programs    uint64         `log:"programs" doc:"Of a DICOM file: values, as far as it was kept, that begin with an executable, its heads checked"`
	ProgramTag  string         `log:"program_tag" doc:"Element of the first of them, (gggg,eeee)"`
	ProgramVR   string         `log:"program_vr" doc:"Its value representation; absent in implicit VR"`
	ProgramKind string         `log:"program_kind" doc:"What it is: pe, elf, mach-o, mach-o-fat"`
	TLSH        string         `log:"tlsh" doc:"TLSH of an executable that was kept whole"`
	Family      string         `log:"family" doc:"Family of executables that differ by one run or agree in sections and imports"`
	Kinship     string         `log:"kinship" doc:"Why it is of that family: first, same, run, sections, ..."`
	Extracted   string         `log:"extracted" doc:"Name of the file that its content was written to, if that was asked for"`
	Likeness    float64        `log:"likeness" doc:"Share of bytes like those of the family, 0 to 1"`

	// Content is what was kept of the file, from its first byte; bytes that were not
	// seen are zero. Whole says that it is all of it.
	Content []byte
	Whole   bool
	// Image has the facts of a PE file, nil if it is none.
	Image *pe.Image

	sketch *kinship.Sketch
}

// Schema declares the log files.
var Schema = event.NewSchema[Record]("files", "One record for each file that moved")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// PE is what a program of Windows says of itself, in the words of Zeek's pe log and
// some more.
type PE struct {
	ID           string      `log:"id,always" doc:"fuid of the file"`
	Machine      string      `log:"machine" doc:"Processor it was made for"`
	Compiled     event.Time  `log:"compile_ts" doc:"When it was linked, as it says"`
	OS           string      `log:"os" doc:"Least system it wants"`
	Subsystem    string      `log:"subsystem" doc:"Subsystem it wants"`
	IsExe        bool        `log:"is_exe,always" doc:"Has an optional header"`
	Is64Bit      bool        `log:"is_64bit,always" doc:"Is not marked as made for 32 bits"`
	ASLR         bool        `log:"uses_aslr,always" doc:"May be moved in memory"`
	DEP          bool        `log:"uses_dep,always" doc:"Its data may be kept from running"`
	Integrity    bool        `log:"uses_code_integrity,always" doc:"Asks for integrity checks"`
	SEH          bool        `log:"uses_seh,always" doc:"Uses structured exception handling"`
	ImportTable  event.Bool  `log:"has_import_table" doc:"Has an import table"`
	ExportTable  event.Bool  `log:"has_export_table" doc:"Has an export table"`
	CertTable    event.Bool  `log:"has_cert_table" doc:"Has an attribute certificate table"`
	DebugData    event.Bool  `log:"has_debug_data" doc:"Has debug data"`
	SectionNames []string    `log:"section_names" doc:"Names of its sections"`
	DLL          bool        `log:"is_dll" doc:"Is a library"`
	ImpHash      string      `log:"imphash" doc:"Hash of its imports (Mandiant)"`
	RichHash     string      `log:"rich_hash" doc:"MD5 of its Rich header"`
	Sections     []string    `log:"section_hashes" doc:"SHA-256 of each section's bytes; empty if they were not all seen"`
	Entropy      []string    `log:"section_entropy" doc:"Entropy of each section, bits per byte"`
	Libraries    []string    `log:"libraries" doc:"Libraries it imports from"`
	ExportName   string      `log:"export_name" doc:"Name that a library gives itself"`
	Company      string      `log:"company" doc:"Maker, by its version information"`
	Original     string      `log:"original_filename" doc:"Name it had, by its version information"`
	Version      string      `log:"file_version" doc:"Version, by its version information"`
	Overlay      event.Count `log:"overlay" doc:"Bytes behind its last section"`
	Partial      bool        `log:"partial" doc:"Bytes were missing, and with them some of these facts"`
}

// PESchema declares the log pe.
var PESchema = event.NewSchema[PE]("pe", "One record for each program of Windows that moved")

// Schema implements event.Payload.
func (*PE) Schema() *event.Schema { return PESchema }
