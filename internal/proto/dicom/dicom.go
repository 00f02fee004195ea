// Package dicom understands DICOM message exchange over TCP: the upper layer
// (PS3.8), the DIMSE commands on it (PS3.7) and as much of the data sets (PS3.5)
// as tells what a machine is and what it did.
//
// One record tells of an association, one of every operation. Images are never
// looked at: the header of a data set is read up to a bound and up to the last
// element that matters, and from there on only the twelve bytes of PDU and PDV
// headers are touched while the fragments pass by uncopied.
//
// It refuses to keep patient data: the names of patients are never stored, and
// patient ids, study, accession and instance identifiers leave as keyed hashes
// only. User identities are named by their kind, their secrets are skipped. It
// refuses to trust: reserved bytes, lengths and UIDs are checked, an inner
// structure cannot read its neighbour, and a broken data set is an anomaly that
// ends neither the association nor the operation. TLS is not its business.
//
// Memory: everything given to Parse is consumed, so that after a loss the next
// PDU border is known to the byte; what straddles two calls is held in small
// fixed buffers. Per association there are at most maxContexts presentation
// contexts, maxOutstanding operations and, per direction, maxMessages messages
// in progress. Slices given to Parse are not kept.
package dicom

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Bounds of what one association may hold.
const (
	maxContexts    = 128      // presentation context ids are the odd numbers 1 to 255 (PS3.8 9.3.2.2)
	maxOutstanding = 128      // operations without a final response; the oldest is given up
	maxMessages    = 16       // messages in progress per direction, interleaved by context
	maxCommand     = 4 << 10  // bytes of a command set that are kept
	maxSyntaxes    = 64       // distinct transfer syntaxes listed in a record
	maxListed      = 64       // entries of other lists in a record
	maxScan        = 16 << 20 // bytes searched for a PDU border before the flow is given up
)

// Spec declares the protocol. Need is used only while searching for a PDU
// border, for at most borderMax bytes, hence the small budget.
var Spec = proto.Spec{
	Name:       "dicom",
	Doc:        "DICOM associations and operations (PS3.5, PS3.7, PS3.8)",
	Transports: proto.TCP,
	Ports:      []uint16{104, 11112, 4242, 2345, 2761},
	Probe:      probe,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{AssociationSchema, OperationSchema, MatchesSchema},
	Budget:     4 << 10,
}

// weird is an anomaly, as it is written to the record. The set is closed: these, and
// the faults of data sets.
type weird string

// The anomalies.
const (
	badPDUType         weird = "bad_pdu_type"
	badPDULength       weird = "bad_pdu_length"
	badPDVLength       weird = "bad_pdv_length"
	pdvOverrun         weird = "pdv_overrun"
	badContextID       weird = "bad_context_id"
	unknownContext     weird = "unknown_context"
	badItemLength      weird = "bad_item_length"
	badItemType        weird = "bad_item_type"
	badUID             weird = "bad_uid"
	badVersion         weird = "bad_version"
	tooManyContexts    weird = "too_many_contexts"
	unexpectedPDU      weird = "unexpected_pdu"
	pduOverMaximum     weird = "pdu_over_maximum"
	borderLost         weird = "pdu_border_lost"
	badCommand         weird = "bad_command"
	commandTooLong     weird = "command_too_long"
	unknownCommand     weird = "unknown_command"
	dataWithoutCommand weird = "dataset_without_command"
	dataMissing        weird = "dataset_missing"
	tooManyMessages    weird = "too_many_messages"
	tooManyOperations  weird = "too_many_operations"
	messageIDReused    weird = "message_id_reused"
)

// errBorder gives a flow up in which no PDU border can be found any more.
const errBorder = "no_pdu_border"
