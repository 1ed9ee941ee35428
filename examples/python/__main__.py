"""A private PHP image for every maintained line, with company certificates in it."""

import pulumi
import pulumi_private_image as private_image

authorities = private_image.FileBundle(
    "authorities",
    name="corporate-ca",
    type="certificates",
    files={"corporate-root.crt": pulumi.FileAsset("corporate-root.crt")},
)

web = private_image.PrivateImage(
    "web",
    name="web",
    starter="php",
    packages=["php-curl-auto"],
    environment={"APP_ENV": "production"},
    file_bundles=[authorities.reference],
)

pulumi.export("repository", web.repository)
pulumi.export("digests", web.digests)
pulumi.export("latest", web.latest)
