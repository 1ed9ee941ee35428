// A private PHP image for every maintained line, with company certificates in it.
package main

import (
	"example.com/pulumi-private-image/sdk/go/privateimage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		authorities, err := privateimage.NewFileBundle(ctx, "authorities", &privateimage.FileBundleArgs{
			Name: pulumi.String("corporate-ca"),
			Type: pulumi.String("certificates"),
			Files: pulumi.Map{
				"corporate-root.crt": pulumi.NewFileAsset("corporate-root.crt"),
			},
		})
		if err != nil {
			return err
		}
		web, err := privateimage.NewPrivateImage(ctx, "web", &privateimage.PrivateImageArgs{
			Name:        pulumi.String("web"),
			Starter:     pulumi.String("php"),
			Packages:    pulumi.StringArray{pulumi.String("php-curl-auto")},
			Environment: pulumi.StringMap{"APP_ENV": pulumi.String("production")},
			FileBundles: pulumi.StringArray{authorities.Reference},
		})
		if err != nil {
			return err
		}
		ctx.Export("repository", web.Repository)
		ctx.Export("digests", web.Digests)
		ctx.Export("latest", web.Latest)
		return nil
	})
}
