package vendordb

import "testing"

func TestEnterpriseOf(t *testing.T) {
	if enterprises().err != nil {
		t.Error(enterprises().err)
	}
	for n, want := range map[uint32]Enterprise{9: {Name: "Cisco", Maker: "Cisco"}, 8072: {Name: "Net-SNMP", Software: true}, 1602: {Name: "Canon"}} {
		if e, ok := EnterpriseOf(n); !ok || e != want {
			t.Errorf("%d is %+v", n, e)
		}
	}
	if e, ok := EnterpriseOf(3); ok {
		t.Errorf("3 is %+v, which no line says", e)
	}
}
