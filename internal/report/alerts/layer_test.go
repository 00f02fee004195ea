package alerts

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// kinds are the types that the layer format 4.5 gives to its properties, by object; those
// that end with ! must be there (layers/spec/v4.5/layerformat.md of attack-navigator).
var kinds = map[string]map[string]string{
	"": {"versions": "versions", "name": "string!", "description": "string", "domain": "string!", "customDataURL": "string", "filters": "filters", "sorting": "number",
		"layout": "layout", "hideDisabled": "boolean", "techniques": "[techniques", "gradient": "gradient", "legendItems": "[legendItems", "showTacticRowBackground": "boolean",
		"tacticRowBackground": "string", "selectTechniquesAcrossTactics": "boolean", "selectSubtechniquesWithParent": "boolean", "selectVisibleTechniques": "boolean",
		"metadata": "[metadata", "links": "[links"},
	"versions": {"attack": "string", "navigator": "string!", "layer": "string!"},
	"layout": {"layout": "string", "showID": "boolean", "showName": "boolean", "showAggregateScores": "boolean", "countUnscored": "boolean", "aggregateFunction": "string",
		"expandedSubtechniques": "string"},
	"techniques": {"techniqueID": "string!", "tactic": "string", "comment": "string", "enabled": "boolean", "score": "number", "color": "string", "metadata": "[metadata",
		"links": "[links", "showSubtechniques": "boolean"},
	"gradient":    {"colors": "[string!", "minValue": "number!", "maxValue": "number!"},
	"legendItems": {"label": "string!", "color": "string!"},
	"metadata":    {"name": "string!", "value": "string!"},
	"links":       {"label": "string!", "url": "string!"},
}

// fits holds a value of JSON against what the layer format says of it.
func fits(t *testing.T, path, kind string, v any) {
	t.Helper()
	if element, ok := strings.CutPrefix(kind, "["); ok {
		list, ok := v.([]any)
		if !ok {
			t.Errorf("%s is %T, no array", path, v)
		}
		for _, x := range list {
			fits(t, path, element, x)
		}
		return
	}
	ok := false
	switch x := v.(type) {
	case string:
		ok = kind == "string"
	case float64:
		ok = kind == "number"
	case bool:
		ok = kind == "boolean"
	case map[string]any:
		properties, known := kinds[kind]
		ok = known
		for name, want := range properties {
			inner, there := x[name]
			want, required := strings.CutSuffix(want, "!")
			if there {
				fits(t, path+"/"+name, want, inner)
			} else if required {
				t.Errorf("%s has no %s", path, name)
			}
		}
		for name := range x {
			if _, there := properties[name]; !there {
				t.Errorf("%s has %s, which the format does not know", path, name)
			}
		}
	}
	if !ok {
		t.Errorf("%s is %T instead of %s", path, v, kind)
	}
}

// A layer is as the format wants it, with findings, with hostile ones and with none.
func TestLayerFormat(t *testing.T) {
	for _, d := range []*report.Document{nameless(t), {Version: "1"}} {
		var l map[string]any
		if err := json.Unmarshal(written(t, "layer", d), &l); err != nil {
			t.Fatal(err)
		}
		fits(t, "layer", "", l)
		if n := at(l, "versions/navigator").(string); at(l, "versions/layer") != "4.5" || n < "4.9.0" {
			t.Errorf("versions %v", l["versions"])
		}
		if at(l, "gradient/minValue").(float64) >= at(l, "gradient/maxValue").(float64) || len(at(l, "gradient/colors").([]any)) < 2 {
			t.Errorf("gradient %v", l["gradient"])
		}
		if s := at(l, "layout/layout"); s != "side" && s != "flat" && s != "mini" {
			t.Errorf("layout %v", s)
		}
		if s := at(l, "layout/expandedSubtechniques"); s != "none" && s != "all" && s != "annotated" {
			t.Errorf("sub-techniques %v", s)
		}
	}
}

// A layer of an incident has the findings of that alone.
func TestIncidentLayer(t *testing.T) {
	d := document(t)
	var b bytes.Buffer
	if err := WriteLayer(&b, d, &report.Incident{ID: "LZ-1", Title: "Spread\x1b", Findings: []int{2}}); err != nil {
		t.Fatal(err)
	}
	var l map[string]any
	if err := json.Unmarshal(b.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	fits(t, "layer", "", l)
	if list := l["techniques"].([]any); len(list) != 1 || at(l, "name") != "Lazaret incident LZ-1" || !strings.HasPrefix(at(l, "description").(string), `Spread\x1b; 1 findings of 1 `) {
		t.Errorf("%v", l)
	}
}
