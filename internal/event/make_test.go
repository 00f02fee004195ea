package event

import (
	"strings"
	"testing"

	"lazaret/internal/netid"
)

// made has a field of every kind.
type made struct {
	Text      string     `log:"text" doc:"x"`
	Truth     bool       `log:"truth" doc:"x"`
	Signed    int8       `log:"signed" doc:"x"`
	Count     uint16     `log:"count" doc:"x"`
	Share     float64    `log:"share" doc:"x"`
	When      Time       `log:"when" doc:"x"`
	Took      Interval   `log:"took" doc:"x"`
	Where     netid.IP   `log:"where" doc:"x"`
	Card      netid.MAC  `log:"card" doc:"x"`
	Perhaps   Count      `log:"perhaps" doc:"x"`
	Maybe     Bool       `log:"maybe" doc:"x"`
	Texts     []string   `log:"texts" doc:"x"`
	Numbers   []int      `log:"numbers" doc:"x"`
	Addresses []netid.IP `log:"addresses" doc:"x"`
}

var madeSchema = NewSchema[made]("made", "x")

func (*made) Schema() *Schema { return madeSchema }

// What is written down comes back from the record as a log would have it.
func TestMake(t *testing.T) {
	want := map[string]any{
		"ts": 1.7e9, "uid": "C9", "id.orig_h": "10.0.0.1", "id.orig_p": int64(1234), "id.resp_h": "fd00::1", "id.resp_p": int64(445),
		"text": "a", "truth": true, "signed": int64(-5), "count": int64(7), "share": 0.5, "when": 1.5, "took": 2.25, "where": "10.0.0.9",
		"card": "00:11:22:aa:bb:cc", "perhaps": int64(0), "maybe": false, "texts": []any{"b", "c"}, "numbers": []any{int64(1), int64(2)}, "addresses": "10.0.0.3",
	}
	r, errs := madeSchema.Make(5, want)
	if len(errs) != 0 {
		t.Fatal(errs)
	}
	got := string(r.AppendJSON(nil))
	for _, part := range []string{`"ts":1700000000`, `"uid":"C9"`, `"id.orig_h":"10.0.0.1"`, `"id.orig_p":1234`, `"id.resp_h":"fd00::1"`, `"id.resp_p":445`,
		`"text":"a"`, `"truth":true`, `"signed":-5`, `"count":7`, `"share":0.5`, `"when":1.5`, `"took":2.25`, `"where":"10.0.0.9"`,
		`"card":"00:11:22:aa:bb:cc"`, `"perhaps":0`, `"maybe":false`, `"texts":["b","c"]`, `"numbers":[1,2]`, `"addresses":["10.0.0.3"]`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	if r, errs := madeSchema.Make(5, nil); len(errs) != 0 || r.TS != 5 || r.Conn == nil {
		t.Errorf("without columns: %+v, %v", r, errs)
	}
}

// Every fault is told, by column.
func TestMakeFaults(t *testing.T) {
	for name, v := range map[string]any{
		"nothing": "x", "text": int64(1), "truth": "yes", "signed": int64(200), "count": int64(-1), "share": "x", "when": 1e300, "took": true,
		"where": "here", "card": "00:11", "perhaps": 1.5, "maybe": int64(1), "texts": []any{int64(1)}, "numbers": []any{"x"}, "addresses": []any{"x"},
		"ts": "now", "uid": int64(1), "id.orig_h": "x", "id.resp_p": int64(70_000),
	} {
		if _, errs := madeSchema.Make(5, map[string]any{name: v}); len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), name+": ") {
			t.Errorf("%s = %v: %v", name, v, errs)
		}
	}
	if _, errs := madeSchema.Make(5, map[string]any{"text": int64(1), "share": "x"}); len(errs) != 2 {
		t.Errorf("two faults: %v", errs)
	}
}
