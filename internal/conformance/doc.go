// Package conformance compares what Lazaret says about captures with what three
// other programs say about them, and holds that nothing in a capture can break
// it. It has no code of its own but tests.
//
// The other programs are Zeek, whose logs stand beside the shared captures;
// tshark, which is run on every capture: its conversations, packets and bytes,
// what it reads in DNS, DHCP, HL7 and DICOM, and of the other protocols the values
// by conversation (the table toldTable); and Suricata for the prints of TLS and
// SSH. Every record and every field that both speak is compared. A difference is either a fault,
// which is mended, or has a row in a table here that says in which captures it
// is, how often, and for which reason; a difference without a row fails the
// test, and so does a row that no longer applies.
//
// It refuses to copy anything from the shared captures or from the other
// programs' code, to take the majority for the truth (the standards decide), and
// to compare what only one of them speaks. Where captures or tshark are not
// there, a test says so and is skipped. The figures are in docs/conformance.md,
// which is written by these tests (UPDATE=1) and held current by them.
package conformance
