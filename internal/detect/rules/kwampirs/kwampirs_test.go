package kwampirs

import (
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/proto/dcerpc"
)

func TestK1(t *testing.T) {
	create := func(name, display, command, outcome string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", "10.0.0.9:445")
			s.Say(&dcerpc.Record{Endpoint: "svcctl", Operation: "CreateServiceW", Target: name, Display: display, Command: command, Outcome: outcome})
		}
	}
	ruletest.Run(t, k1,
		ruletest.Case{Name: "name, accepted", Play: create("WmiApSrvEx", "", `C:\Windows\a.exe`, "accepted"), Want: []string{"critical 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "display name, refused", Play: create("abc", "WMI Performance Adapter Extension", "", "refused"), Want: []string{"high 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "words of the program, no answer", Play: create("abc", "", `rundll32 x.dll,ControlTrace -Embedding -k`, ""), Want: []string{"high 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "from the responder", Play: func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", "10.0.0.9:445")
			s.Say(&dcerpc.Record{Endpoint: "svcctl", Operation: "CreateServiceW", Target: "wmiapsrvex", Outcome: "accepted", Backward: true})
		}, Want: []string{"critical 10.0.0.9>10.0.0.5 accepted"}},
		ruletest.Case{Name: "the service that Windows has", Play: create("wmiApSrv", "WMI Performance Adapter", `C:\Windows\system32\wbem\WmiApSrv.exe`, "accepted")},
	)
}
