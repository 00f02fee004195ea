// Package vendordb holds the facts about makers, products and standards that
// the inventory weighs as evidence: who owns a MAC prefix, what a DICOM UID
// names, which maker owns a UID root, what an implementation class UID, a
// private creator, an HL7 sending application or a DHCP vendor class says, and
// when the public support of an operating system's release ends.
//
// Every table is a file in data/. Each text table is CSV with a comment head
// (source, licence, date) and a source column, so that one line more is one
// entry more and a reader can check it by hand. The IEEE assignments are the
// one exception: 53,730 of them, kept compressed and written by gen.
//
// The package refuses to guess. It answers only what a line of a table says, it
// never looks at ports or at traffic, and it keeps nothing of what it is asked.
// The source column says where a line was checked; what could not be checked is
// left out, and only the names of makers and products stand for themselves. An
// answer is evidence, not a conclusion: a toolkit is not the maker of a device,
// and an Ethernet card is not the machine around it.
//
// Tables are read once, on the first question that needs them, and are
// immutable afterwards; all functions may be called by any goroutine. Answers
// are strings of those tables and live as long as the program. A look-up
// allocates nothing and copies nothing of its argument.
//
// Standards: IEEE 802 MA-L, MA-M and MA-S; DICOM PS3.3 C.7.3.1.1.1 (modality),
// PS3.6 annex A (UIDs), PS3.7 D.3.3.2 (implementation identification), PS3.5
// 7.8 (private creators); HL7 v2 MSH-3; RFC 2132 options 55 and 60.
package vendordb

//go:generate go run ./gen $OUI_DATA data/oui.csv.gz
