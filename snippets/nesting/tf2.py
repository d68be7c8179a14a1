import tensorflow as tf

tf.keras.utils.set_random_seed(0)

# the layer with `build`, as Keras has it
Linear = tf.keras.layers.Dense

# bill length and depth (mm) of three penguins
x_train = tf.constant(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)


# %% outer parity="count"
class LinearRegression(tf.keras.Layer):
    def __init__(self, units=1):
        super().__init__()
        # call linear layer
        self.linear = Linear(units)

    def call(self, inputs):
        return self.linear(inputs)


# the outer layer owns the inner parameters
regression = LinearRegression()
print(regression(x_train).shape)
count = regression.count_params()
print(count)


# %% linear_block parity="count"
class LinearBlock(tf.keras.Layer):
    def __init__(self):
        super().__init__()
        self.lin_1 = Linear(32)
        self.lin_2 = Linear(32)
        self.lin_3 = Linear(1)

    def call(self, inputs):
        x = self.lin_1(inputs)
        x = self.lin_2(x)
        return self.lin_3(x)


block = LinearBlock()
y = block(x_train)
count = block.count_params()
print(count)

# %% affine
# three affine maps are one affine map
w = block.lin_1.kernel @ block.lin_2.kernel
w = w @ block.lin_3.kernel
b = block(tf.zeros((1, 2)))
collapsed = x_train @ w + b
print(y.numpy().ravel().round(3))
print(collapsed.numpy().ravel().round(3))


# %% relu
class ReluBlock(LinearBlock):
    def call(self, inputs):
        x = tf.nn.relu(self.lin_1(inputs))
        x = tf.nn.relu(self.lin_2(x))
        return self.lin_3(x)


# the same weights, and no longer affine
relu_block = ReluBlock()
relu_block(x_train)
relu_block.set_weights(block.get_weights())
y = relu_block(x_train)
print(y.numpy().ravel().round(3))
