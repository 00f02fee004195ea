package conformance

// Why tshark and we differ.
const (
	tLastSegment = "The last segment of the acknowledgement has no terminator (HL7 2.14.1 asks for one; senders forget it): tshark drops the segment"
	tBatch       = "Several messages in one frame of a batch (HL7 2.10.3), of which tshark makes one"
	tNoID        = "tshark leaves the message id out of what it says of a failure"
	tCommand     = "tshark calls these responses only a command, without its name"
)

// labRows explains where tshark and we differ on the captures of the lab.
var labRows = []row{
	{nil, "hl7_message", "ack", "theirs -, ours A", 28, tLastSegment},
	{nil, "hl7_message", "type,event,extra", "BAT-", 6, tBatch},
	{nil, "dicom_operation", "statuses", "theirs -, ours [failure]", 4, tNoID},
	{[]string{"dicom-syntaxes.pcap.zst"}, "dicom_operation", "statuses", "theirs -, ours [success]", 6, tCommand},
}

// tsharkKnown explains where tshark and we differ on the shared captures.
var tsharkKnown = []row{}
