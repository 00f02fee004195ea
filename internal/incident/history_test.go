package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/trace"
)

// What happened to an incident is told by time, whatever the order of the findings.
func TestHistory(t *testing.T) {
	const day = 24 * 60
	for _, c := range []struct {
		name  string
		list  []detect.Finding
		end   int
		state State
		want  []string
	}{
		{"a chain grows", []detect.Finding{
			found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven),
			found(copied, detect.Critical, 30, ip(2), ip(3), trace.Written),
			found(copied, detect.Critical, 40, ip(2), ip(3), trace.Proven),
			found(copied, detect.High, 50, ip(2), ip(4), trace.Touched),
		}, 60, Open, []string{"0 opened", "0 grew", "30 grew"}},
		{"it goes quiet", []detect.Finding{found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven)}, 10 * day, Quiet, []string{"0 opened", "0 grew", "4320 quiet"}},
		{"and is reopened", []detect.Finding{
			found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven),
			found(copied, detect.Critical, 5*day, ip(2), ip(3), trace.Proven),
		}, 6 * day, Reopened, []string{"0 opened", "0 grew", "4320 quiet", "7200 reopened", "7200 grew"}},
		{"quiet at the limit is not quiet", []detect.Finding{
			found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven),
			found(copied, detect.Critical, 3*day, ip(2), ip(3), trace.Proven),
		}, 6 * day, Open, []string{"0 opened", "0 grew", "4320 grew"}},
		{"two are merged", []detect.Finding{
			found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven),
			found(asked, detect.High, 5, ip(9), ip(50), trace.Nothing),
			found(copied, detect.Critical, 9, ip(2), ip(9), trace.Proven),
		}, 10, Open, []string{"0 opened", "0 grew", "5 opened", "9 merged"}},
		{"a light one before does not open it", []detect.Finding{
			found(asked, detect.Medium, 0, ip(1), ip(2), trace.Entered),
			found(copied, detect.Critical, 9, ip(1), ip(3), trace.Proven),
		}, 10, Open, []string{"9 opened", "9 grew"}},
	} {
		for range 2 {
			var got []string
			list := build(t, c.list)
			if len(list) != 1 {
				t.Fatalf("%s: %d incidents", c.name, len(list))
			}
			state, changes := list[0].History(DefaultConfig(), c.list, at(c.end))
			for _, x := range changes {
				got = append(got, fmt.Sprintf("%d %s", (x.Time-at(0))/60e9, x.What))
				if x.Detail == "" {
					t.Errorf("%s: %s says nothing", c.name, x.What)
				}
			}
			if state != c.state || !slices.Equal(got, c.want) {
				t.Errorf("%s: %s, %s; want %s, %s", c.name, state, strings.Join(got, ", "), c.state, strings.Join(c.want, ", "))
			}
			slices.Reverse(c.list)
		}
	}
}
