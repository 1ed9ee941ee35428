package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// A linker adds the SDK in `sdk`, a path from `program`, to what the program depends on.
type linker func(program, sdk string) error

// Those of the other languages are added by hand, as Pulumi's own hosts leave it.
var linkers = map[string]linker{"nodejs": linkNodejs, "python": linkPython, "go": linkGo}

func (host *languageHost) Link(_ context.Context, request *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	var said []string
	for _, dependency := range request.Packages {
		if link := linkers[host.language]; link != nil {
			if err := link(request.Info.ProgramDirectory, dependency.Path); err != nil {
				return nil, err
			}
		}
		said = append(said, fmt.Sprintf("The SDK of %s is in %s.", dependency.Package.Name, dependency.Path))
	}
	return &pulumirpc.LinkResponse{ImportInstructions: strings.Join(said, "\n")}, nil
}

func linkNodejs(program, sdk string) error {
	generated, err := readManifest(filepath.Join(program, sdk, "package.json"))
	if err != nil {
		return err
	}
	file := filepath.Join(program, "package.json")
	manifest, err := readManifest(file)
	if err != nil {
		return err
	}
	dependencies, found := manifest["dependencies"].(map[string]any)
	if !found {
		dependencies = map[string]any{}
	}
	dependencies[fmt.Sprint(generated["name"])] = "file:" + sdk
	manifest["dependencies"] = dependencies
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func readManifest(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	manifest := map[string]any{}
	return manifest, json.Unmarshal(text, &manifest)
}

func linkPython(program, sdk string) error {
	file := filepath.Join(program, "requirements.txt")
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for _, line := range lines {
		if strings.TrimSpace(line) == sdk {
			return nil
		}
	}
	added := strings.TrimLeft(strings.Join(append(lines, sdk), "\n")+"\n", "\n")
	return os.WriteFile(file, []byte(added), 0o600)
}

func linkGo(program, sdk string) error {
	generated, err := os.ReadFile(filepath.Join(program, sdk, "go.mod"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(generated), "\n")
	module := strings.TrimSpace(strings.TrimPrefix(first, "module "))
	edit := exec.Command("go", "mod", "edit", "-require", module+"@v0.0.0", "-replace", module+"=./"+sdk)
	edit.Dir = program
	if output, err := edit.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod edit: %w: %s", err, output)
	}
	return nil
}
