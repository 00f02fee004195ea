package reading

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/capture"
	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/detect/intel"
	"lazaret/internal/event"
	"lazaret/internal/exposure"
	"lazaret/internal/extract"
	"lazaret/internal/incident"
	"lazaret/internal/inventory"
	"lazaret/internal/ledger"
	"lazaret/internal/partners"
	"lazaret/internal/protocols"
	"lazaret/internal/report/terminal"
	"lazaret/internal/sensor"
	"lazaret/internal/sessions"
)

// Reading is what one pass over capture files brought.
type Reading struct {
	Inventory *inventory.Inventory
	Sessions  *sessions.Book
	Found     *detect.Book
	Exposure  *exposure.Book
	Outsiders *partners.Book
	Contacts  *contacts.Book
	// Stories are the incidents, in the order in which Document tells them; it sets them.
	Stories []incident.Incident
	// Findings are what they were built from; set with them.
	Findings []detect.Finding
	// Key makes the pseudonyms of this run. It is never told.
	Key     []byte
	Base    *baseline.Profile // nil for none
	Sensor  *sensor.Stats
	Capture capture.Stats
	Faults  []capture.Fault
	Clashes []capture.Clash
	// Unclear is how many more clashes there are.
	Unclear  int
	Mark     func(account string) string // keyed
	Learns   bool                        // Base learned in this run
	Complete bool                        // false when the run was interrupted
	ledger   *ledger.Ledger              // nil for none
	tracing  incident.Config
	own      []netip.Prefix // networks of the site
	seen     []ledger.Seen  // incidents, as they were entered into the ledger
	moved    *moved
	exposed  *exposure.Reader
}

// Input says what to read.
type Input struct {
	Paths        []string
	Since, Until event.Time
	Logs         string
	Allow        *allow.List       // nil for none
	Intel        *intel.Set        // nil for none
	Partners     *partners.List    // nil for none
	Rules        *RuleFiles        // nil for none
	Base         *baseline.Profile // what is normal, nil for none
	Learns       bool              // Base learns in this run
	Ledger       string            // file of the incidents of earlier runs, empty for none
	Extract      string            // folder for the content of files, empty for none
	ExtractLimit uint64            // bytes
	Progress     bool
}

func newReading(cfg Config, key []byte, in Input) (*Reading, error) {
	known, err := ReadLedger(in.Ledger)
	own, wrong := cfg.Site.own()
	if err := errors.Join(err, wrong); err != nil {
		return nil, err
	}
	book := exposure.New(cfg.Exposure)
	return &Reading{Inventory: inventory.New(cfg.Inventory), Sessions: sessions.New(cfg.Sessions), moved: newMoved(), ledger: known,
		Found: detect.NewBook(cfg.Detect, in.Allow.Allows), Exposure: book, exposed: exposure.NewReader(book, in.Base), Contacts: contacts.New(cfg.Contacts),
		Outsiders: partners.NewBook(in.Partners), Base: in.Base, Learns: in.Learns, Key: key, Mark: marker(key), tracing: cfg.Incident, own: own}, nil
}

// Run runs the sensor over the files. What is wrong with a file is in Faults and on the
// error output; an error means that nothing sensible came out.
func Run(ctx context.Context, errw io.Writer, cfg Config, in Input) (*Reading, error) {
	heap := keepHeap(cfg.Runtime.HeapTarget)
	defer heap.close()
	key, note, err := SiteKey(cfg.Site.Key)
	if err != nil {
		return nil, err
	}
	if note != "" {
		fmt.Fprintln(errw, "lazaret:", note)
	}
	out, err := newReading(cfg, key, in)
	if err != nil {
		return nil, err
	}
	look, err := NewLook(cfg, in, out.Found)
	if err != nil {
		return nil, err
	}
	files, faults := capture.Expand(cfg.Capture, in.Paths)
	log, err := openLogs(in.Logs)
	if err != nil {
		return nil, err
	}
	content, err := extract.Open(in.Extract, in.ExtractLimit)
	if err != nil {
		return nil, fmt.Errorf("--extract %s: %w", in.Extract, Bare(err))
	}
	if content != nil {
		extract.KeepWhole(&cfg.Sensor.Files)
	}
	tl := capture.Open(ctx, cfg.Capture, files, capture.Options{Since: in.Since, Until: in.Until})
	defer tl.Close()
	var b *bar
	if in.Progress {
		b = startBar(errw, tl.Progress)
	}
	out.Sensor, err = sensor.Run(cfg.Sensor, tl, sensor.Options{
		Specs: protocols.Specs, Key: key,
		Emit: func(r event.Record) {
			content.Write(&r)
			out.add(&r)
			look.Add(&r)
			log.write(&r)
		},
	})
	b.close()
	look.End()
	out.Capture, out.Faults, out.Complete = tl.Stats(), append(faults, tl.Faults()...), err == nil
	out.Clashes, out.Unclear = tl.Clashes()
	out.complain(errw)
	if lerr := errors.Join(log.close(), content.Close(errw)); lerr != nil {
		return nil, lerr
	}
	if ctx.Err() != nil {
		fmt.Fprintln(errw, "lazaret: interrupted; what was read until then follows")
		return out, nil
	}
	return out, err
}

// add takes the next record, before rules look at it.
func (r *Reading) add(rec *event.Record) {
	r.Inventory.Add(*rec)
	r.Sessions.Add(rec)
	r.moved.add(rec)
	if r.Base != nil {
		r.Base.Add(rec)
	}
	r.exposed.Add(rec)
	r.Outsiders.Add(rec)
	r.Contacts.Add(rec)
}

// complain says what is wrong with the files.
func (r *Reading) complain(w io.Writer) {
	for _, f := range r.Faults {
		fmt.Fprintln(w, "lazaret:", f.Error())
	}
	const told = 8
	loud := slices.DeleteFunc(slices.Clone(r.Clashes), func(c capture.Clash) bool { return c.Kind == capture.Hole }) // nights are ordinary
	for i := range loud[:min(len(loud), told)] {
		fmt.Fprintf(w, "lazaret: %s\n", clashText(&loud[i]))
	}
	if n := len(loud) + r.Unclear - told; n > 0 {
		fmt.Fprintf(w, "lazaret: captures overlap, repeat or contradict each other in %s more; the JSON has them in summary.clashes\n", terminal.Plural(n, "place"))
	}
	if r.Sensor != nil && r.Sensor.FileFault {
		fmt.Fprintln(w, "lazaret: a file shrank while it was read; what was behind is missing")
	}
}

// clashText is a clash with the names of its files.
func clashText(c *capture.Clash) string {
	return strings.Join(c.Files, " and ") + ": " + c.String()
}

// marker gives the keyed marks of accounts, which Windows tells apart without case.
func marker(key []byte) func(account string) string {
	return func(account string) string {
		return sensor.Pseudonym(key, "account", []byte(strings.ToLower(account)))
	}
}

// Status is the error that the faults amount to.
func (r *Reading) Status() error {
	for _, f := range r.Faults {
		if f.Class != capture.Unreadable || f.File != os.Stdin.Name() {
			return ErrPartial
		}
	}
	if !r.Complete || r.Sensor.FileFault {
		return ErrPartial
	}
	return nil
}
