package clues

// Activity is something a machine was seen doing. The set is closed: roles are
// decided by these words and nothing else about behaviour.
type Activity string

// DICOM, the side that asks.
const (
	SendsImages      Activity = "sends images"
	SendsDerived     Activity = "sends derived objects"     // reports, presentation states, key objects, captures
	SendsRetrieved   Activity = "sends objects asked for"   // sub-operations of C-MOVE and C-GET
	AsksWorklist     Activity = "asks for a worklist"       // modality worklist C-FIND
	ReportsProcedure Activity = "reports procedure steps"   // MPPS N-CREATE, N-SET
	AsksCommitment   Activity = "asks for commitment"       // storage commitment N-ACTION
	TellsCommitment  Activity = "tells storage commitment"  // N-EVENT-REPORT
	Queries          Activity = "queries an archive"        // C-FIND on patients and studies
	Retrieves        Activity = "retrieves from an archive" // C-MOVE, C-GET
	Prints           Activity = "prints on film"
	Verifies         Activity = "sends C-ECHO"
)

// DICOM, the side that answers without refusing.
const (
	TakesImages         Activity = "stores images sent to it"
	TakesDerived        Activity = "stores derived objects sent to it"
	TakesRetrieved      Activity = "receives objects retrieved"
	AnswersQuery        Activity = "answers queries"
	AnswersRetrieve     Activity = "answers retrievals"
	AnswersWorklist     Activity = "answers worklist queries"
	AnswersProcedure    Activity = "takes procedure steps"
	AnswersCommitment   Activity = "takes commitment requests"
	AnswersPrint        Activity = "prints for others"
	AnswersVerification Activity = "answers C-ECHO"
	OffersStorage       Activity = "accepts storage contexts" // negotiated, nothing seen stored
)

// DICOM, kinds of derived objects, said beside SendsDerived and TakesDerived.
const (
	SendsMarks    Activity = "sends presentation states or key objects" // as readers do
	SendsFindings Activity = "sends findings"                           // measurements, CAD reports, segmentations, parametric maps, captures
	TakesDose     Activity = "stores dose reports sent to it"
)

// HL7 v2: what a machine says and hears, by message family. Acknowledgements
// are no messages.
const (
	SendsADT          Activity = "sends ADT"
	SendsRegistration Activity = "sends registrations" // ADT A01, A04, A05, A08, A28, A31
	SendsOrders       Activity = "sends orders"        // ORM, OMI, OMG, ORG, ORI
	SendsSchedule     Activity = "sends schedules"     // SIU, SRM
	SendsResults      Activity = "sends results"       // ORU
	SendsDocuments    Activity = "sends documents"     // MDM
	SendsConsent      Activity = "sends consents"      // a CON segment or a consent document (TXA-2)
	SendsHL7          Activity = "sends other HL7"     // everything else
	HearsADT          Activity = "receives ADT"
	HearsOrders       Activity = "receives orders"
	HearsSchedule     Activity = "receives schedules"
	HearsResults      Activity = "receives results"
	HearsDocuments    Activity = "receives documents"
	HearsConsent      Activity = "receives consents"
	HearsHL7          Activity = "receives other HL7"
)

// FHIR, beside what is said of HL7 v2: a resource that is written is a message of its
// family, and the client is its sender.
const (
	SendsFHIR   Activity = "writes other FHIR resources"
	TakesFHIR   Activity = "takes other FHIR resources"
	SendsBundle Activity = "writes FHIR bundles" // many resources at once, as programs do
	ReadsFHIR   Activity = "reads FHIR resources"
	AnswersFHIR Activity = "gives out FHIR resources"
)

// Network services and habits.
const (
	AnswersDNS  Activity = "answers DNS"
	AnswersDHCP Activity = "gives addresses by DHCP"
	TakesLease  Activity = "gets its address by DHCP"
	Serves      Activity = "serves other services"
	Uses        Activity = "uses other services"
	TakesLogs   Activity = "is sent logs" // whether or not it keeps them: syslog is not answered
	Routes      Activity = "carries the traffic of other addresses"
)

// work holds the activities of WorksAs, so that naming one allocates nothing.
var work = map[string]Activity{
	"ct": "performs ct", "mr": "performs mr", "dx": "performs dx", "us": "performs us", "mg": "performs mg",
	"nm": "performs nm", "pt": "performs pt", "xa": "performs xa", "ot": "performs ot",
}

// WorksAs is the activity of asking for or performing work of a modality kind,
// given by its role word; empty for other words.
func WorksAs(kind string) Activity { return work[kind] }
