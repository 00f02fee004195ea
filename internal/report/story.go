package report

// Change is something that happened to an incident, as data.
type Change struct {
	Time string `json:"time"` // RFC 3339 in UTC
	// What is opened, grew, quiet, reopened, merged, joined, split, closed or noted.
	What   string `json:"what"`
	Other  string `json:"other"`  // id of the incident that it merged with or split from, else empty
	Detail string `json:"detail"` // in words
	By     string `json:"by"`     // who said so, empty for the program
}

// Amount is how many different things were counted.
type Amount struct {
	Count uint64  `json:"count"`
	Error float64 `json:"error"` // standard error, relative; 0 if the count is exact
}

// Amounts are counts of each kind of thing.
type Amounts struct {
	Patients Amount `json:"patients"`
	Studies  Amount `json:"studies"`
	Messages Amount `json:"messages"` // of HL7
	Queries  Amount `json:"queries"`
	Files    Amount `json:"files"`
}

// Ways are what was done with things: handled as every day, returned in answers to
// queries, moved to where the baseline does not know them to go.
type Ways struct {
	All      Amounts `json:"all"` // none counted twice
	Handled  Amounts `json:"handled"`
	Returned Amounts `json:"returned"`
	Moved    Amounts `json:"moved"`
}

// Exposure is what the infected devices had to do with between their infection and the
// end of what was read.
type Exposure struct {
	Until   string           `json:"until"`
	Whole   Ways             `json:"whole"` // of the incident, none counted twice
	Devices []DeviceExposure `json:"devices"`
}

// DeviceExposure is the part of one device.
type DeviceExposure struct {
	Device Party  `json:"device"`
	From   string `json:"from"` // the earliest likely time of its infection
	Ways
}

// Figures describe the spread as that of a disease. Shares are 0..1.
type Figures struct {
	Attack []AttackRate `json:"attack"` // by role, sorted
	// Generation is the time from the infection of a device to that of one that it
	// infected, in seconds: median, and the middle half. Pairs is how many there were.
	Generation Range `json:"generation"`
	// Reproduction is how many devices each of the first half of the infected infected, with
	// the interval in which it is with 95 chances in 100.
	Reproduction Range `json:"reproduction"`
	// FirstTrace is the earliest likely infection, FirstFinding the first finding of the
	// incident that is grave; Delay is between them, in seconds.
	FirstTrace   string  `json:"first_trace"`
	FirstFinding string  `json:"first_finding"`
	Delay        float64 `json:"delay"`
}

// AttackRate is which share of the devices of a role is infected.
type AttackRate struct {
	Role     string  `json:"role"`
	Devices  int     `json:"devices"`
	Infected float64 `json:"infected"` // sum of probabilities
	Share    float64 `json:"share"`
	Low      float64 `json:"low"` // with 95 chances in 100 it is between these
	High     float64 `json:"high"`
}

// Range is an estimate with its bounds; Number is from how many it was made, 0 if there is
// none.
type Range struct {
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Number int     `json:"number"`
}

// WayIn is an outsider that had to do with where it came in, before it did.
type WayIn struct {
	Address string `json:"address"`
	Partner string `json:"partner"` // name in the file of partners, empty if it is in none
	Kind    string `json:"kind"`    // manufacturer, IT provider, logistics, clinic; supplier if only its role is known, outside if nothing is
	Device  Party  `json:"device"`  // whom it reached
	First   string `json:"first"`   // contact of the two
	Last    string `json:"last"`
	// Before is the last contact before the device first acted against others, empty if
	// there was none.
	Before   string   `json:"before"`
	Contacts uint64   `json:"contacts"`
	Services []string `json:"services"` // sorted
	Detail   string   `json:"detail"`   // in words
}

// Spot is something that could not be seen, as far as it bears on an incident.
type Spot struct {
	Reason  string  `json:"reason"` // from a closed set
	Detail  string  `json:"detail"` // in words
	Devices []Party `json:"devices"`
}

// Indicator is something by which the intruder can be found elsewhere.
type Indicator struct {
	Kind    string `json:"kind"`  // sha256, sha1, md5, imphash, tlsh, service, task, file, url, domain, address, user_agent, ja3, ja4
	Value   string `json:"value"` // what it is
	Detail  string `json:"detail"`
	Finding int    `json:"finding"` // index of the finding that has it
}

// Action is what to do, the most urgent first.
type Action struct {
	Do      string  `json:"do"`
	Why     string  `json:"why"`
	Devices []Party `json:"devices"`
}
