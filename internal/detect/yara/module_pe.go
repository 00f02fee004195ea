package yara

import (
	"errors"
	"strings"

	"lazaret/internal/pe"
)

// pe gives what a program of Windows says of itself: nil if the file is none, with
// unknown if that is not known.
func (f *frame) pe() (*pe.Detail, state) {
	if !f.looked {
		f.looked = true
		f.steps -= 1 << 12
		d, err := pe.ReadDetail(pe.File{Bytes: f.in.Bytes, Size: f.in.Size, Seen: f.in.Seen})
		if err == nil {
			f.image = d
		} else if errors.Is(err, pe.ErrShort) && (f.in.Size != int64(len(f.in.Bytes)) || f.in.Seen != nil) {
			f.short = true
		}
	}
	if f.image == nil && f.short {
		return nil, unknown
	}
	return f.image, known
}

// ofPE makes a value of a program; undefined for other files.
func ofPE(t typ, get func(d *pe.Detail) value) *member {
	return &member{t: t, at: func(f *frame, _ int) value {
		d, st := f.pe()
		if d == nil {
			return value{st: max(st, undef)}
		}
		return get(d)
	}}
}

// field is an integer of the headers.
func field[T ~uint8 | ~uint16 | ~uint32 | ~uint64](get func(d *pe.Detail) T) *member {
	return ofPE(tInt, func(d *pe.Detail) value { return integer(int64(get(d))) })
}

// lists says that what is missing in a list may only not have been seen.
func lists(d *pe.Detail, v value) value {
	if d.Missed && !v.yes() {
		return value{st: unknown}
	}
	return v
}

// about makes a function of a program.
func about(t typ, args string, run func(d *pe.Detail, a []value, f *frame) value) call {
	return call{args: args, t: t, run: func(f *frame, a []value) value {
		d, st := f.pe()
		if d == nil {
			return value{st: max(st, undef)}
		}
		if f.steps -= 1 + (len(d.Imports)+len(d.Exports))/8; f.steps <= 0 {
			return value{st: unknown}
		}
		return run(d, a, f)
	}}
}

func function(calls ...call) *member { return &member{t: tFunc, calls: calls} }

func structure(fields map[string]*member) *member { return &member{t: tStruct, fields: fields} }

// rows is an array over a list of the program.
func rows[T any](list func(d *pe.Detail) []T, fields map[string]func(e T) value, types map[string]typ) *member {
	elem := map[string]*member{}
	for name, get := range fields {
		elem[name] = &member{t: types[name], at: func(f *frame, i int) value {
			d, st := f.pe()
			if d == nil || i >= len(list(d)) {
				return value{st: max(st, undef)}
			}
			return get(list(d)[i])
		}}
	}
	return &member{t: tArray, elem: structure(elem), count: func(f *frame) value {
		d, st := f.pe()
		if d == nil {
			return value{st: max(st, undef)}
		}
		return integer(int64(len(list(d))))
	}}
}

// version is a pair of numbers of a version.
func version(major, minor func(d *pe.Detail) uint16) *member {
	return structure(map[string]*member{"major": field(major), "minor": field(minor)})
}

// entryOf is the offset in the file at which the program begins.
func entryOf(d *pe.Detail) value {
	at, ok := d.Offset(d.Entry)
	if !ok {
		return value{st: undef}
	}
	return integer(at)
}

// overlayOf is where the bytes behind all sections begin and how many there are.
func overlayOf(d *pe.Detail, size int64) (at, n int64) {
	for _, s := range d.Sections {
		at = max(at, int64(s.RawOffset)+int64(s.RawSize))
	}
	if at == 0 || at >= size {
		return 0, 0
	}
	return at, size - at
}

func overlay(pick func(at, n int64) int64) *member {
	return &member{t: tInt, at: func(f *frame, _ int) value {
		d, st := f.pe()
		size := f.size()
		switch {
		case d == nil:
			return value{st: max(st, undef)}
		case size.st != known:
			return size
		}
		return integer(pick(overlayOf(d, size.i)))
	}}
}

// imports says whether a function or library is imported.
func imports(d *pe.Detail, test func(lib, name string) bool) value {
	n := int64(0)
	for _, i := range d.Imports {
		if test(i.Library, i.Name) {
			n++
		}
	}
	return lists(d, integer(n))
}

var importCalls = []call{
	about(tInt, "s", func(d *pe.Detail, a []value, _ *frame) value {
		return imports(d, func(lib, _ string) bool { return strings.EqualFold(lib, a[0].s) })
	}),
	about(tInt, "ss", func(d *pe.Detail, a []value, _ *frame) value {
		v := imports(d, func(lib, name string) bool {
			return strings.EqualFold(lib, a[0].s) && strings.EqualFold(name, a[1].s)
		})
		return value{st: v.st, i: min(v.i, 1)}
	}),
	about(tInt, "rr", func(d *pe.Detail, a []value, f *frame) value {
		return imports(d, func(lib, name string) bool {
			return f.matches(a[0].re, lib).yes() && f.matches(a[1].re, name).yes()
		})
	}),
}

func exports(d *pe.Detail, test func(e pe.Export) bool) value {
	for _, e := range d.Exports {
		if test(e) {
			return truth(true)
		}
	}
	return lists(d, truth(false))
}

var exportCalls = []call{
	about(tInt, "s", func(d *pe.Detail, a []value, _ *frame) value {
		return exports(d, func(e pe.Export) bool { return e.Name != "" && strings.EqualFold(e.Name, a[0].s) })
	}),
	about(tInt, "i", func(d *pe.Detail, a []value, _ *frame) value {
		return exports(d, func(e pe.Export) bool { return int64(e.Ordinal) == a[0].i })
	}),
	about(tInt, "r", func(d *pe.Detail, a []value, f *frame) value {
		return exports(d, func(e pe.Export) bool { return e.Name != "" && f.matches(a[0].re, e.Name).yes() })
	}),
}

// sectionIndex is the place of a section by its name or an offset in the file.
var sectionIndex = function(
	about(tInt, "s", func(d *pe.Detail, a []value, _ *frame) value {
		for i, s := range d.Sections {
			if s.Name == a[0].s {
				return integer(int64(i))
			}
		}
		return value{st: undef}
	}),
	about(tInt, "i", func(d *pe.Detail, a []value, _ *frame) value {
		for i, s := range d.Sections {
			if a[0].i >= int64(s.RawOffset) && a[0].i < int64(s.RawOffset)+int64(s.RawSize) {
				return integer(int64(i))
			}
		}
		return value{st: undef}
	}),
)

// versionInfo are the texts of the version information.
var versionInfo = &member{t: tDict,
	lookup: func(f *frame, key string) value {
		d, st := f.pe()
		if d == nil {
			return value{st: max(st, undef)}
		}
		for _, kv := range d.Version {
			if kv[0] == key {
				return text(kv[1])
			}
		}
		return lists(d, value{st: undef})
	},
	keys: func(f *frame) [][2]string {
		if d, _ := f.pe(); d != nil {
			return d.Version
		}
		return nil
	},
}

func rich(t typ, get func(r *pe.Rich) value) *member {
	return ofPE(t, func(d *pe.Detail) value {
		if d.Rich == nil {
			return lists(d, value{st: undef})
		}
		return get(d.Rich)
	})
}

func word(get func(d *pe.Detail) string) *member {
	return ofPE(tText, func(d *pe.Detail) value {
		if s := get(d); s != "" {
			return text(s)
		}
		return lists(d, value{st: undef})
	})
}

// peModule is what rules may ask of programs ("PE module").
var peModule = structure(withConstants(map[string]*member{
	"is_pe": {t: tInt, at: func(f *frame, _ int) value {
		d, st := f.pe()
		return value{st: st, i: truth(d != nil).i}
	}},
	"machine":                    field(func(d *pe.Detail) uint16 { return d.Machine }),
	"number_of_sections":         field(func(d *pe.Detail) uint16 { return d.Rows }),
	"timestamp":                  field(func(d *pe.Detail) uint32 { return d.Compiled }),
	"pointer_to_symbol_table":    field(func(d *pe.Detail) uint32 { return d.SymbolTable }),
	"number_of_symbols":          field(func(d *pe.Detail) uint32 { return d.Symbols }),
	"size_of_optional_header":    field(func(d *pe.Detail) uint16 { return d.OptionalSize }),
	"characteristics":            field(func(d *pe.Detail) uint16 { return d.Flags }),
	"opthdr_magic":               field(func(d *pe.Detail) uint16 { return d.Magic }),
	"size_of_code":               field(func(d *pe.Detail) uint32 { return d.CodeSize }),
	"size_of_initialized_data":   field(func(d *pe.Detail) uint32 { return d.DataSize }),
	"size_of_uninitialized_data": field(func(d *pe.Detail) uint32 { return d.ZeroSize }),
	"entry_point":                ofPE(tInt, entryOf),
	"entry_point_raw":            field(func(d *pe.Detail) uint32 { return d.Entry }),
	"base_of_code":               field(func(d *pe.Detail) uint32 { return d.CodeBase }),
	"base_of_data":               field(func(d *pe.Detail) uint32 { return d.DataBase }),
	"image_base":                 field(func(d *pe.Detail) uint64 { return d.ImageBase }),
	"section_alignment":          field(func(d *pe.Detail) uint32 { return d.SectionAlign }),
	"file_alignment":             field(func(d *pe.Detail) uint32 { return d.FileAlign }),
	"win32_version_value":        field(func(d *pe.Detail) uint32 { return d.Win32Version }),
	"size_of_image":              field(func(d *pe.Detail) uint32 { return d.ImageSize }),
	"size_of_headers":            field(func(d *pe.Detail) uint32 { return d.HeaderSize }),
	"checksum":                   field(func(d *pe.Detail) uint32 { return d.CheckSum }),
	"subsystem":                  field(func(d *pe.Detail) uint16 { return d.Subsystem }),
	"dll_characteristics":        field(func(d *pe.Detail) uint16 { return d.DLLFlags }),
	"size_of_stack_reserve":      field(func(d *pe.Detail) uint64 { return d.StackReserve }),
	"size_of_stack_commit":       field(func(d *pe.Detail) uint64 { return d.StackCommit }),
	"size_of_heap_reserve":       field(func(d *pe.Detail) uint64 { return d.HeapReserve }),
	"size_of_heap_commit":        field(func(d *pe.Detail) uint64 { return d.HeapCommit }),
	"loader_flags":               field(func(d *pe.Detail) uint32 { return d.LoaderFlags }),
	"number_of_rva_and_sizes":    field(func(d *pe.Detail) uint32 { return d.DirectoryCount }),
	"linker_version":             version(func(d *pe.Detail) uint16 { return uint16(d.LinkerMajor) }, func(d *pe.Detail) uint16 { return uint16(d.LinkerMinor) }),
	"os_version":                 version(func(d *pe.Detail) uint16 { return d.OSMajor }, func(d *pe.Detail) uint16 { return d.OSMinor }),
	"image_version":              version(func(d *pe.Detail) uint16 { return d.ImageMajor }, func(d *pe.Detail) uint16 { return d.ImageMinor }),
	"subsystem_version":          version(func(d *pe.Detail) uint16 { return d.SubsystemMajor }, func(d *pe.Detail) uint16 { return d.SubsystemMinor }),
	"data_directories": rows(func(d *pe.Detail) []pe.Directory { return d.Directories }, map[string]func(e pe.Directory) value{
		"virtual_address": func(e pe.Directory) value { return integer(int64(e.Address)) },
		"size":            func(e pe.Directory) value { return integer(int64(e.Size)) },
	}, map[string]typ{"virtual_address": tInt, "size": tInt}),
	"sections": rows(func(d *pe.Detail) []pe.Row { return d.Sections }, map[string]func(e pe.Row) value{
		"name":            func(e pe.Row) value { return text(e.Name) },
		"virtual_address": func(e pe.Row) value { return integer(int64(e.Address)) },
		"virtual_size":    func(e pe.Row) value { return integer(int64(e.VirtualSize)) },
		"raw_data_offset": func(e pe.Row) value { return integer(int64(e.RawOffset)) },
		"raw_data_size":   func(e pe.Row) value { return integer(int64(e.RawSize)) },
		"characteristics": func(e pe.Row) value { return integer(int64(e.Flags)) },
	}, map[string]typ{"name": tText, "virtual_address": tInt, "virtual_size": tInt, "raw_data_offset": tInt, "raw_data_size": tInt, "characteristics": tInt}),
	"overlay": structure(map[string]*member{
		"offset": overlay(func(at, _ int64) int64 { return at }),
		"size":   overlay(func(_, n int64) int64 { return n }),
	}),
	"imports": function(importCalls...), "exports": function(exportCalls...), "section_index": sectionIndex,
	"number_of_imports": ofPE(tInt, func(d *pe.Detail) value { return lists(d, integer(libraries(d))) }),
	"number_of_exports": ofPE(tInt, func(d *pe.Detail) value { return lists(d, integer(int64(len(d.Exports)))) }),
	"imphash":           function(about(tText, "", func(d *pe.Detail, _ []value, _ *frame) value { return imphash(d) })),
	"version_info":      versionInfo,
	"number_of_resources": ofPE(tInt, func(d *pe.Detail) value {
		return lists(d, integer(int64(d.Resources)))
	}),
	"is_dll":   function(about(tInt, "", func(d *pe.Detail, _ []value, _ *frame) value { return truth(d.Flags&0x2000 != 0) })),
	"is_32bit": function(about(tInt, "", func(d *pe.Detail, _ []value, _ *frame) value { return truth(d.Magic == 0x10b) })),
	"is_64bit": function(about(tInt, "", func(d *pe.Detail, _ []value, _ *frame) value { return truth(d.Magic == 0x20b) })),
	"rich_signature": structure(map[string]*member{
		"offset":     rich(tInt, func(r *pe.Rich) value { return integer(int64(r.Offset)) }),
		"length":     rich(tInt, func(r *pe.Rich) value { return integer(int64(len(r.Raw))) }),
		"key":        rich(tInt, func(r *pe.Rich) value { return integer(int64(r.Key)) }),
		"raw_data":   rich(tText, func(r *pe.Rich) value { return text(r.Raw) }),
		"clear_data": rich(tText, func(r *pe.Rich) value { return text(r.Clear) }),
	}),
	"pdb_path":         word(func(d *pe.Detail) string { return d.PDB }),
	"dll_name":         word(func(d *pe.Detail) string { return d.ExportName }),
	"export_timestamp": field(func(d *pe.Detail) uint32 { return d.ExportStamp }),
}))

func libraries(d *pe.Detail) int64 {
	n := int64(0)
	for i, im := range d.Imports {
		if i == 0 || im.Library != d.Imports[i-1].Library {
			n++
		}
	}
	return n
}

// imphash is that of a program without imports the hash of nothing, as YARA has it.
func imphash(d *pe.Detail) value {
	switch {
	case d.ImportHash != "":
		return text(d.ImportHash)
	case d.Missed || len(d.Imports) > 0:
		return value{st: unknown}
	}
	return text("d41d8cd98f00b204e9800998ecf8427e")
}

// withConstants adds the names of numbers (Microsoft PE and COFF specification).
func withConstants(m map[string]*member) map[string]*member {
	for name, v := range peConstants {
		m[name] = &member{t: tInt, at: func(*frame, int) value { return integer(v) }}
	}
	return m
}

var peConstants = map[string]int64{
	"MACHINE_UNKNOWN": 0, "MACHINE_AM33": 0x1d3, "MACHINE_AMD64": 0x8664, "MACHINE_ARM": 0x1c0, "MACHINE_ARMNT": 0x1c4,
	"MACHINE_ARM64": 0xaa64, "MACHINE_EBC": 0xebc, "MACHINE_I386": 0x14c, "MACHINE_IA64": 0x200, "MACHINE_M32R": 0x9041,
	"MACHINE_MIPS16": 0x266, "MACHINE_MIPSFPU": 0x366, "MACHINE_MIPSFPU16": 0x466, "MACHINE_POWERPC": 0x1f0,
	"MACHINE_POWERPCFP": 0x1f1, "MACHINE_R4000": 0x166, "MACHINE_SH3": 0x1a2, "MACHINE_SH3DSP": 0x1a3, "MACHINE_SH4": 0x1a6,
	"MACHINE_SH5": 0x1a8, "MACHINE_THUMB": 0x1c2, "MACHINE_WCEMIPSV2": 0x169,
	"SUBSYSTEM_UNKNOWN": 0, "SUBSYSTEM_NATIVE": 1, "SUBSYSTEM_WINDOWS_GUI": 2, "SUBSYSTEM_WINDOWS_CUI": 3, "SUBSYSTEM_OS2_CUI": 5,
	"SUBSYSTEM_POSIX_CUI": 7, "SUBSYSTEM_NATIVE_WINDOWS": 8, "SUBSYSTEM_WINDOWS_CE_GUI": 9, "SUBSYSTEM_EFI_APPLICATION": 10,
	"SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER": 11, "SUBSYSTEM_EFI_RUNTIME_DRIVER": 12, "SUBSYSTEM_XBOX": 14,
	"SUBSYSTEM_WINDOWS_BOOT_APPLICATION": 16,
	"RELOCS_STRIPPED":                    1, "EXECUTABLE_IMAGE": 2, "LINE_NUMS_STRIPPED": 4, "LOCAL_SYMS_STRIPPED": 8, "AGGRESIVE_WS_TRIM": 0x10,
	"LARGE_ADDRESS_AWARE": 0x20, "BYTES_REVERSED_LO": 0x80, "MACHINE_32BIT": 0x100, "DEBUG_STRIPPED": 0x200,
	"REMOVABLE_RUN_FROM_SWAP": 0x400, "NET_RUN_FROM_SWAP": 0x800, "SYSTEM": 0x1000, "DLL": 0x2000, "UP_SYSTEM_ONLY": 0x4000,
	"BYTES_REVERSED_HI": 0x8000,
	"HIGH_ENTROPY_VA":   0x20, "DYNAMIC_BASE": 0x40, "FORCE_INTEGRITY": 0x80, "NX_COMPAT": 0x100, "NO_ISOLATION": 0x200, "NO_SEH": 0x400,
	"NO_BIND": 0x800, "APPCONTAINER": 0x1000, "WDM_DRIVER": 0x2000, "GUARD_CF": 0x4000, "TERMINAL_SERVER_AWARE": 0x8000,
	"SECTION_CNT_CODE": 0x20, "SECTION_CNT_INITIALIZED_DATA": 0x40, "SECTION_CNT_UNINITIALIZED_DATA": 0x80, "SECTION_LNK_COMDAT": 0x1000,
	"SECTION_GPREL": 0x8000, "SECTION_LNK_NRELOC_OVFL": 0x1000000, "SECTION_MEM_DISCARDABLE": 0x2000000,
	"SECTION_MEM_NOT_CACHED": 0x4000000, "SECTION_MEM_NOT_PAGED": 0x8000000, "SECTION_MEM_SHARED": 0x10000000,
	"SECTION_MEM_EXECUTE": 0x20000000, "SECTION_MEM_READ": 0x40000000, "SECTION_MEM_WRITE": 0x80000000,
	"IMAGE_DIRECTORY_ENTRY_EXPORT": 0, "IMAGE_DIRECTORY_ENTRY_IMPORT": 1, "IMAGE_DIRECTORY_ENTRY_RESOURCE": 2,
	"IMAGE_DIRECTORY_ENTRY_EXCEPTION": 3, "IMAGE_DIRECTORY_ENTRY_SECURITY": 4, "IMAGE_DIRECTORY_ENTRY_BASERELOC": 5,
	"IMAGE_DIRECTORY_ENTRY_DEBUG": 6, "IMAGE_DIRECTORY_ENTRY_TLS": 9, "IMAGE_DIRECTORY_ENTRY_IAT": 12,
	"IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR": 14,
	"IMAGE_NT_OPTIONAL_HDR32_MAGIC":        0x10b, "IMAGE_NT_OPTIONAL_HDR64_MAGIC": 0x20b, "IMAGE_ROM_OPTIONAL_HDR_MAGIC": 0x107,
}
